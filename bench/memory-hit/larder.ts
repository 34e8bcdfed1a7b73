import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, createCache, LarderModule } from 'nest-larder';
import type { Candidate } from '../measure/rounds.js';
import { IDS, loadTournament, type Tournament } from './tournament.js';

export async function getOrLoad(): Promise<Candidate<string>> {
  const cache = await createCache();
  const run = async (ids: readonly string[]) => {
    for (const id of ids) await cache.getOrLoad(['tournaments', id], () => loadTournament(id), { ttl: '10m' });
  };
  await run(IDS);
  return { name: 'larder getOrLoad', run };
}

@Injectable()
class Tournaments {
  @Cacheable({ key: (id: string) => ['tournaments', id], ttl: '10m' })
  async find(id: string): Promise<Tournament> {
    return loadTournament(id);
  }
}

@Module({ imports: [LarderModule.forRoot()], providers: [Tournaments] })
class AppModule {}

/** A decorated method of a Nest provider. */
export async function decoratedMethod(): Promise<Candidate<string>> {
  const application = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const tournaments = application.get(Tournaments);
  const run = async (ids: readonly string[]) => {
    for (const id of ids) await tournaments.find(id);
  };
  await run(IDS);
  return { name: 'larder decorated method', run };
}

import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache, type CacheOptions, LarderModule } from 'nest-larder';
import type { Pool } from 'pg';
import type { Item, ItemKey } from '../keys.js';
import type { Subject, SubjectOptions } from './subject.js';

/** Values that depend on their queries: nothing names what a write changes. */
export async function observed(options: SubjectOptions, pool: Pool): Promise<Subject> {
  const { redis, maxStaleness, waitReplicas, feedUrl } = options;
  @Module({
    imports: [
      LarderModule.forRoot({
        redis,
        maxStaleness,
        waitReplicas,
        defaultTtl: '1h',
        database: pool,
        changeFeed: { url: feedUrl as string },
      }),
    ],
  })
  class Application {}
  const app = await NestFactory.createApplicationContext(Application, { logger: false, abortOnError: false });
  return new Observed(app.get(Cache));
}

class Observed implements Subject {
  readonly hasStrongReads = true;
  readonly writesAlone = true;

  constructor(private readonly cache: Cache) {}

  read(key: ItemKey, load: () => Promise<Item>, isStrong: boolean): Promise<Item> {
    return this.cache.getOrLoad(key, load, this.optionsFor(isStrong));
  }

  peek(key: ItemKey): Promise<Item | undefined> {
    return this.cache.get(key);
  }

  readMany(keys: readonly ItemKey[], load: (missing: readonly ItemKey[]) => Promise<Item[]>, isStrong: boolean) {
    const loadMissing = (missing: readonly unknown[]) => load(missing as readonly ItemKey[]);
    return this.cache.getMany<Item>(keys, loadMissing, this.optionsFor(isStrong));
  }

  writeThrough(): Promise<Item> {
    throw new Error('Writes are plain SQL.');
  }

  transact(): Promise<Item> {
    throw new Error('Writes are plain SQL.');
  }

  invalidate(): Promise<boolean> {
    throw new Error('Writes are plain SQL.');
  }

  async probe(): Promise<boolean> {
    return (await this.cache.invalidate(['probe'])).delivered;
  }

  private optionsFor(isStrong: boolean): CacheOptions<Item> {
    return { dependsOn: 'queries', consistency: isStrong ? 'strong' : 'bounded' };
  }
}

import 'reflect-metadata';
import { setImmediate } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, LarderModule } from 'nest-larder';

/** The hits of one process in a second of processor time. */
export interface Speed {
  readonly hitsPerSecond: number;
}

const KEYS = 2000;
/** Hits between two turns of the event loop, in which the dashboard may work. */
const TURN = 500;
/** Milliseconds: the page gets an event every two seconds. */
const WARM_UP = 1500;
const MEASURED = 8000;

@Injectable()
class Venues {
  @Cacheable({ key: (id: number) => ['venues', id], ttl: '1h' })
  async one(id: number) {
    return { id };
  }
}

const [redis = '', hasDashboard] = process.argv.slice(2);

@Module({
  imports: [LarderModule.forRoot({ redis, fleetStats: true, dashboard: hasDashboard === 'open' })],
  providers: [Venues],
})
class App {}

const app = await NestFactory.create(App, { logger: false });
await app.listen(0, '127.0.0.1');
const venues = app.get(Venues);
let sum = 0;

async function hit(milliseconds: number): Promise<number> {
  const until = performance.now() + milliseconds;
  let hits = 0;
  while (performance.now() < until) {
    for (let call = 0; call < TURN; call++) sum += (await venues.one((hits + call) % KEYS)).id;
    hits += TURN;
    await setImmediate();
  }
  return hits;
}

process.send?.(await app.getUrl());
process.once('message', async () => {
  await hit(WARM_UP);
  const before = process.cpuUsage();
  const hits = await hit(MEASURED);
  const { user, system } = process.cpuUsage(before);
  const speed: Speed = { hitsPerSecond: hits / ((user + system) / 1e6) };
  if (sum < 0) throw new Error('The hits were optimised away.');
  process.send?.(speed, () => process.exit());
});

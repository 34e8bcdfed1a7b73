import 'reflect-metadata';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, createCache, LarderModule } from 'nest-larder';
import { median } from '../measure/figures.js';
import { randomOf, shuffled } from '../measure/random.js';

/** The speed of each sample relative to no audit, and the nanoseconds of processor time of a hit without audit. */
export interface Speeds {
  readonly none: number;
  readonly speeds: Readonly<Record<string, number>>;
}

const IDS: readonly string[] = Array.from({ length: 2_000 }, (_, index) => String(index + 1));
/** The first twice: what the measurement itself deviates by. */
const SAMPLES = ['0', '0 again', '0.001', '0.1'];
const HITS_PER_RUN = 10_000;
/** Hits between two turns of the event loop, as in a server. */
const HITS_PER_TURN = 50;
const WARM_UPS = 40;
const ROUNDS = 150;

type Run = () => Promise<void>;

async function find(id: string) {
  return { id, title: `Tournament ${id}`, venueId: String(Number(id) % 50), seats: 64 };
}

async function getOrLoad(audit: number, hitsPerTurn = HITS_PER_TURN): Promise<Run> {
  const cache = await createCache({ audit });
  return inTurns(hitsPerTurn, (id) => cache.getOrLoad(['tournaments', id], () => find(id), { ttl: '10m' }));
}

function inTurns(hitsPerTurn: number, hit: (id: string) => Promise<unknown>): Run {
  return async () => {
    for (let count = 0; count < HITS_PER_RUN; count++) {
      if (count % hitsPerTurn === 0) await nextTurn();
      await hit(IDS[count % IDS.length] as string);
    }
  };
}

@Injectable()
class Tournaments {
  @Cacheable({ key: (id: string) => ['tournaments', id], ttl: '10m' })
  async find(id: string) {
    return find(id);
  }
}

async function decoratedMethod(audit: number): Promise<Run> {
  @Module({ imports: [LarderModule.forRoot({ audit })], providers: [Tournaments] })
  class App {}
  const application = await NestFactory.createApplicationContext(App, { logger: false });
  const tournaments = application.get(Tournaments);
  return inTurns(HITS_PER_TURN, (id) => tournaments.find(id));
}

async function processorTimeOf(run: Run): Promise<number> {
  // Loads that another candidate's audit has begun end first.
  await nextTurn();
  await nextTurn();
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return ((user + system) * 1000) / HITS_PER_RUN;
}

/** All samples once per round, in a new order each time; the speeds are medians of the ratios within a round. */
async function speedsOf(make: (audit: number) => Promise<Run>, random: () => number): Promise<Speeds> {
  const runs = new Map<string, Run>();
  // What is created first may lie better in memory.
  for (const sample of shuffled(SAMPLES, random)) runs.set(sample, await make(Number.parseFloat(sample)));
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) for (const run of runs.values()) await run();
  const ratios = new Map(SAMPLES.map((sample) => [sample, [] as number[]]));
  const nones: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times = new Map<string, number>();
    for (const sample of shuffled(SAMPLES, random)) times.set(sample, await processorTimeOf(runs.get(sample) as Run));
    const none = ((times.get('0') as number) + (times.get('0 again') as number)) / 2;
    nones.push(none);
    for (const [sample, time] of times) ratios.get(sample)?.push(none / time);
  }
  return {
    none: median(nones),
    speeds: Object.fromEntries([...ratios].map(([sample, all]) => [sample, median(all)])),
  };
}

const PATHS: Readonly<Record<string, (audit: number) => Promise<Run>>> = {
  getOrLoad,
  // What a comparison starts could slow down the rest of its turn.
  'getOrLoad in one turn': (audit) => getOrLoad(audit, HITS_PER_RUN),
  'decorated method': decoratedMethod,
};

const [path, seed] = process.argv.slice(2) as [string, string];
process.send?.(await speedsOf(PATHS[path] ?? getOrLoad, randomOf(Number(seed))));
process.exit();

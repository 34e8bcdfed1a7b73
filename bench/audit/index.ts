import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cacheable, createCache, LarderModule } from 'nest-larder';
import { median } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf, shuffled } from '../measure/random.js';
import { printTable } from '../measure/table.js';

// Hits in memory with the audit off, of a thousandth and of a tenth of the hits, with its usual budget of ten loads a second. By
// processor time of the process, the candidates in turn: other load on the machine affects it little.

const IDS: readonly string[] = Array.from({ length: 2_000 }, (_, index) => String(index + 1));
/** The first again at the end: what the measurement itself deviates by. */
const SAMPLES = ['0', '0.001', '0.1', '0 again'];
const ROUNDS = 500;

type Run = () => Promise<void>;

async function find(id: string) {
  return { id, title: `Tournament ${id}`, venueId: String(Number(id) % 50), seats: 64 };
}

async function getOrLoad(audit: number): Promise<Run> {
  const cache = await createCache({ audit });
  return async () => {
    for (const id of IDS) await cache.getOrLoad(['tournaments', id], () => find(id), { ttl: '10m' });
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
  return async () => {
    for (const id of IDS) await tournaments.find(id);
  };
}

/** For each sample the nanoseconds of processor time per hit in each round. */
async function timesOf(make: (audit: number) => Promise<Run>): Promise<Map<string, number[]>> {
  const random = randomOf(7);
  const runs = new Map<string, Run>();
  for (const sample of SAMPLES) runs.set(sample, await make(Number.parseFloat(sample)));
  for (let warmUp = 0; warmUp < 100; warmUp++) for (const run of runs.values()) await run();
  const times = new Map(SAMPLES.map((sample) => [sample, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const sample of shuffled(SAMPLES, random)) {
      const began = process.cpuUsage();
      await runs.get(sample)?.();
      const { user, system } = process.cpuUsage(began);
      times.get(sample)?.push(((user + system) * 1000) / IDS.length);
    }
  }
  return times;
}

/** The median of the fastest fifth: other processes empty the processor's caches in the rest. */
function leastDisturbed(times: readonly number[]): number {
  return median(times.toSorted((one, other) => one - other).slice(0, times.length / 5));
}

console.log(describeRun(`${IDS.length} keys, all in memory, ${ROUNDS} rounds, processor time`));
for (const [title, make] of Object.entries({ getOrLoad, 'decorated method': decoratedMethod })) {
  const times = await timesOf(make);
  const costOf = (sample: string) => leastDisturbed(times.get(sample) ?? []);
  const none = (costOf('0') + costOf('0 again')) / 2;
  const speedOf = (sample: string) => none / costOf(sample);
  printTable(
    [`audited hits, ${title}`, 'ns', 'speed to none'],
    SAMPLES.map((sample) => [sample, costOf(sample).toFixed(0), speedOf(sample).toFixed(3)]),
  );
  judge([{ what: `${title} with audit 0.001 to none`, figure: speedOf('0.001'), atLeast: 0.99 }]);
}
process.exit();

import { setImmediate as nextTurn } from 'node:timers/promises';
import { median } from '../measure/figures.js';
import { randomOf, shuffled } from '../measure/random.js';

/** A way to do the same work. */
export interface Subject {
  readonly name: string;
  /** Does the work so many times. */
  readonly run: (count: number) => Promise<unknown>;
}

/** Nanoseconds of one call in one round. */
interface Cost {
  readonly elapsed: number;
  readonly processor: number;
}

/** The speed of a subject relative to the first one: the median of the ratios within a round. */
export interface Speed extends Cost {
  readonly name: string;
  /** Nanoseconds of one call, by elapsed time and by processor time. */
  readonly nanoseconds: Cost;
}

export interface Measuring {
  readonly rounds: number;
  /** Milliseconds per subject and round. */
  readonly slice: number;
  /** Microseconds of processor time that servers have used for this process. */
  readonly serverTime?: (() => Promise<number>) | undefined;
}

const WARM_UPS = 25;
/** Calls after which the engine has compiled what a path needs, and milliseconds after which a slow path is measured at any rate. */
const WARM_CALLS = 8000;
const WARM_TIME = 5000;

/** Runs all subjects in each round, in a new random order, and compares them with the first one. */
export async function speedsOf(subjects: readonly Subject[], measuring: Measuring): Promise<Speed[]> {
  const random = randomOf(20);
  const counts = new Map<Subject, number>();
  for (const subject of subjects) counts.set(subject, await countFor(subject, measuring.slice));
  const costs = new Map<Subject, Cost[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < measuring.rounds; round++) {
    for (const subject of shuffled(subjects, random)) {
      costs.get(subject)?.push(await costOf(subject, counts.get(subject) ?? 1, measuring));
    }
  }
  const reference = costs.get(subjects[0] as Subject) as Cost[];
  return subjects.map((subject) => {
    const own = costs.get(subject) as Cost[];
    const ratio = (kind: keyof Cost) =>
      median(own.map((cost, round) => (reference[round] as Cost)[kind] / Math.max(cost[kind], 0.001)));
    const nanoseconds = {
      elapsed: median(own.map((one) => one.elapsed)),
      processor: median(own.map((one) => one.processor)),
    };
    return { name: subject.name, elapsed: ratio('elapsed'), processor: ratio('processor'), nanoseconds };
  });
}

/** Warms a subject up, and returns how many calls fill a slice. */
async function countFor({ run }: Subject, slice: number): Promise<number> {
  let count = 1;
  let calls = 0;
  const start = performance.now();
  for (let warmUp = 0; ; ) {
    const began = performance.now();
    await run(count);
    const now = performance.now();
    calls += count;
    const isWarm = calls >= WARM_CALLS || now - start >= WARM_TIME;
    if (now - began < slice / 2) count *= 2;
    else if (++warmUp > WARM_UPS && isWarm) return Math.max(1, Math.round((count * slice) / (now - began)));
  }
}

async function costOf({ run }: Subject, count: number, { serverTime }: Measuring): Promise<Cost> {
  // What another subject has left running ends first.
  await nextTurn();
  const servers = (await serverTime?.()) ?? 0;
  const own = process.cpuUsage();
  const began = process.hrtime.bigint();
  await run(count);
  const elapsed = Number(process.hrtime.bigint() - began) / count;
  // Work that follows the answer counts too.
  await nextTurn();
  const { user, system } = process.cpuUsage(own);
  const ofServers = ((await serverTime?.()) ?? 0) - servers;
  return { elapsed, processor: ((user + system + ofServers) * 1000) / count };
}

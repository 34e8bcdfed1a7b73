import { randomOf, shuffled } from '../measure/random.js';
import type { Timings } from '../measure/rounds.js';

/** One of the compared candidates. */
export interface Candidate {
  readonly name: string;
  /** Begins what the candidate has beyond the others; returns a function that ends it. */
  readonly observe: () => () => void;
  /** Runs a portion of the work, and returns its number of steps. */
  readonly run: () => Promise<number>;
}

const SEED = 20_261;

/**
 * Runs every candidate once per round, in a new random order each time.
 *
 * @param slice milliseconds that a candidate runs per round
 * @returns for each candidate the nanoseconds of processor time per step in each round
 */
export async function timeInSlices(
  candidates: readonly Candidate[],
  { rounds, slice }: { readonly rounds: number; readonly slice: number },
): Promise<Timings> {
  const random = randomOf(SEED);
  const timings = new Map(candidates.map(({ name }) => [name, [] as number[]]));
  // The first round only warms up.
  for (let round = -1; round < rounds; round++) {
    for (const candidate of shuffled(candidates, random)) {
      const time = await timeOf(candidate, slice);
      if (round >= 0) timings.get(candidate.name)?.push(time);
    }
  }
  return timings;
}

async function timeOf({ observe, run }: Candidate, slice: number): Promise<number> {
  const stop = observe();
  const until = performance.now() + slice;
  const began = process.cpuUsage();
  let steps = 0;
  while (performance.now() < until) steps += await run();
  const { user, system } = process.cpuUsage(began);
  stop();
  return ((user + system) * 1000) / steps;
}

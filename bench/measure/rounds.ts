import { randomOf, shuffled } from './random.js';

/** One of the compared candidates. */
export interface Candidate<Step> {
  readonly name: string;
  /** Runs the measured work once for each step. */
  readonly run: (steps: readonly Step[]) => Promise<void> | void;
}

export interface RoundsOptions<Step> {
  readonly rounds: number;
  /** The steps of one run, repeated. */
  readonly steps: readonly Step[];
  /** Milliseconds that a candidate runs per round; determines its number of steps. */
  readonly slice: number;
}

/** For each candidate the nanoseconds per step in each round. */
export type Timings = ReadonlyMap<string, readonly number[]>;

const WARM_UPS = 30;
const SEED = 20_260;

/**
 * Runs every candidate once per round, in a new random order each time, so that other load on the machine
 * affects all alike. Each runs as many steps as fill its slice; the first runs only warm it up.
 */
export async function timeInRounds<Step>(
  candidates: readonly Candidate<Step>[],
  { rounds, steps, slice }: RoundsOptions<Step>,
): Promise<Timings> {
  const random = randomOf(SEED);
  const portions = new Map<string, readonly Step[]>();
  for (const candidate of candidates) portions.set(candidate.name, await portionOf(candidate, steps, slice));
  const timings = new Map(candidates.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const candidate of shuffled(candidates, random)) {
      timings.get(candidate.name)?.push(await timeOf(candidate, portions.get(candidate.name) ?? steps));
    }
  }
  return timings;
}

/** Warms a candidate up and returns the steps that fill a slice. */
async function portionOf<Step>(candidate: Candidate<Step>, steps: readonly Step[], slice: number): Promise<Step[]> {
  const few = steps.slice(0, 2_000);
  let time = Number.POSITIVE_INFINITY;
  for (let run = 0; run < WARM_UPS; run++) time = Math.min(time, await timeOf(candidate, few));
  const count = Math.ceil((slice * 1e6) / time);
  return Array.from({ length: count }, (_, index) => steps[index % steps.length] as Step);
}

/** Nanoseconds per step. */
async function timeOf<Step>(candidate: Candidate<Step>, steps: readonly Step[]): Promise<number> {
  const began = process.hrtime.bigint();
  await candidate.run(steps);
  return Number(process.hrtime.bigint() - began) / steps.length;
}

/** For each candidate its speed relative to another in each round: 2 is twice as fast. */
export function ratiosTo(reference: string, timings: Timings): ReadonlyMap<string, readonly number[]> {
  const others = timings.get(reference) ?? [];
  const ratios = [...timings].map(
    ([name, times]) => [name, times.map((time, round) => (others[round] as number) / time)] as const,
  );
  return new Map(ratios);
}

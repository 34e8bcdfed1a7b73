import { randomOf, shuffled } from './random.js';

/** One of those that are compared. */
export interface Candidate<Step> {
  readonly name: string;
  /** Does what is measured, once for each step. */
  readonly run: (steps: readonly Step[]) => Promise<void> | void;
}

export interface RoundsOptions<Step> {
  readonly rounds: number;
  /** Steps of one run, over and over. */
  readonly steps: readonly Step[];
  /** How long a candidate runs in a round, in milliseconds: decides how many steps it is given. */
  readonly slice: number;
}

/** For each candidate the nanoseconds a step took in each round. */
export type Timings = ReadonlyMap<string, readonly number[]>;

const WARM_UPS = 30;
const SEED = 20_260;

/**
 * Runs every candidate once in every round, in an order that chance chooses anew each time, so that whatever else the
 * machine does in between meets all alike. Each gets as many steps as fill its slice; the first runs only warm it up.
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

/** Warms a candidate up and takes as many steps as fill a slice. */
async function portionOf<Step>(candidate: Candidate<Step>, steps: readonly Step[], slice: number): Promise<Step[]> {
  const few = steps.slice(0, 2_000);
  let time = Number.POSITIVE_INFINITY;
  for (let run = 0; run < WARM_UPS; run++) time = Math.min(time, await timeOf(candidate, few));
  const count = Math.ceil((slice * 1e6) / time);
  return Array.from({ length: count }, (_, index) => steps[index % steps.length] as Step);
}

/** Nanoseconds a step takes. */
async function timeOf<Step>(candidate: Candidate<Step>, steps: readonly Step[]): Promise<number> {
  const began = process.hrtime.bigint();
  await candidate.run(steps);
  return Number(process.hrtime.bigint() - began) / steps.length;
}

/** For each candidate its speed beside that of another in each round: 2 is twice as fast. */
export function ratiosTo(reference: string, timings: Timings): ReadonlyMap<string, readonly number[]> {
  const others = timings.get(reference) ?? [];
  const ratios = [...timings].map(
    ([name, times]) => [name, times.map((time, round) => (others[round] as number) / time)] as const,
  );
  return new Map(ratios);
}

import type { RenewalRule } from '../../cache/stats/access-watch.js';
import { SCENARIOS } from './scenarios.js';

/** The keys of the sample are divided at random into this many groups, whose differences tell how sure a figure is. */
export const GROUPS = 8;
/** Buckets for times since an expiry: each twice as long as the one before, from a millisecond on. */
const BUCKETS = 40;

/** Counts of one method in all scenarios. Each read counts as many times as its key stands for. */
export class MethodFigures {
  /** The TTL and the rule of the value that was stored last. */
  ttl: number | undefined;
  rule: RenewalRule | undefined;
  readonly #reads = new Float64Array(GROUPS);
  readonly #misses = new Float64Array(GROUPS * SCENARIOS.length);
  readonly #renewals = new Float64Array(GROUPS * SCENARIOS.length);
  readonly #late = new Float64Array(BUCKETS);

  constructor(readonly name: string) {}

  learn(ttl: number, rule: RenewalRule): void {
    this.ttl = ttl;
    this.rule = rule;
  }

  read(group: number, weight: number): void {
    this.#reads[group] = (this.#reads[group] as number) + weight;
  }

  missed(scenario: number, group: number, weight: number): void {
    const place = scenario * GROUPS + group;
    this.#misses[place] = (this.#misses[place] as number) + weight;
  }

  renewed(scenario: number, group: number, weight: number): void {
    const place = scenario * GROUPS + group;
    this.#renewals[place] = (this.#renewals[place] as number) + weight;
  }

  /** @param span milliseconds since the value expired that a read would have got */
  late(span: number, weight: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.ceil(Math.log2(Math.max(1, span))));
    this.#late[bucket] = (this.#late[bucket] as number) + weight;
  }

  get reads(): number {
    return sumOf(this.#reads);
  }

  /** The misses in a scenario, by group. */
  missesIn(scenario: number): readonly number[] {
    return [...this.#misses.subarray(scenario * GROUPS, (scenario + 1) * GROUPS)];
  }

  /** The loads of refreshes in a scenario, by group. */
  renewalsIn(scenario: number): readonly number[] {
    return [...this.#renewals.subarray(scenario * GROUPS, (scenario + 1) * GROUPS)];
  }

  /** The reads that a stale value could serve within a time after its expiry, shortest first, in milliseconds. */
  lateReads(): readonly (readonly [within: number, reads: number])[] {
    let sum = 0;
    return [...this.#late].map((reads, bucket) => {
      sum += reads;
      return [2 ** bucket, sum] as const;
    });
  }

  /** Lets what was counted so far count half. */
  age(): void {
    for (const counts of [this.#reads, this.#misses, this.#renewals, this.#late]) {
      for (let place = 0; place < counts.length; place++) counts[place] = (counts[place] as number) / 2;
    }
  }
}

export function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

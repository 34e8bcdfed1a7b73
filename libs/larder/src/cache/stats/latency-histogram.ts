/** Buckets per octave: enough for percentiles exact to 5 %. */
const FINENESS = 8;
const OCTAVES = 24;

/** Load times in buckets that grow exponentially: any number of loads takes 800 bytes. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(FINENESS * OCTAVES + 1);
  #total = 0;

  /** @param time milliseconds */
  record(time: number): void {
    const bucket = time < 1 ? 0 : 1 + Math.floor(Math.log2(time) * FINENESS);
    const place = Math.min(bucket, this.#counts.length - 1);
    this.#counts[place] = (this.#counts[place] as number) + 1;
    this.#total++;
  }

  /**
   * The time within which this fraction of the loads ended, in milliseconds; `null` before the first load.
   *
   * @param fraction 0 to 1
   */
  percentile(fraction: number): number | null {
    if (this.#total === 0) return null;
    let left = Math.max(1, Math.ceil(fraction * this.#total));
    let bucket = 0;
    for (; left > 0; bucket++) left -= this.#counts[bucket] as number;
    // The last bucket added is one before `bucket`.
    const reached = bucket - 1;
    return reached === 0 ? 0 : Math.round(2 ** ((reached - 0.5) / FINENESS));
  }

  add(other: LatencyHistogram): void {
    this.#total += other.#total;
    other.#counts.forEach((count, bucket) => {
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    });
  }

  /** The buckets in use, with how many loads each has. */
  *counts(): IterableIterator<readonly [bucket: number, count: number]> {
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) yield [bucket, count];
  }

  /** Adds loads to a bucket, as {@link counts} of another process numbers them; does nothing if there is no such bucket. */
  addTo(bucket: number, count: number): void {
    if (!(bucket in this.#counts)) return;
    this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    this.#total += count;
  }

  snapshot(): { p50: number | null; p95: number | null; p99: number | null } {
    return { p50: this.percentile(0.5), p95: this.percentile(0.95), p99: this.percentile(0.99) };
  }
}

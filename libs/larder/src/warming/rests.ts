import type { Clock } from '../base/clock.js';

const FIRST_REST = 60_000;
const MAX_REST = 3_600_000;

interface Rest {
  readonly until: number;
  readonly length: number;
}

/** Methods whose loads failed rest: after each failure in a row twice as long, up to an hour. */
export class Rests {
  readonly #clock: Clock;
  readonly #rests = new Map<string, Rest>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isResting(method: string): boolean {
    const rest = this.#rests.get(method);
    return rest !== undefined && this.#clock.elapsed() < rest.until;
  }

  failed(method: string): void {
    // Of several loads at a time that fail, the first one counts.
    if (this.isResting(method)) return;
    const length = Math.min(MAX_REST, 2 * (this.#rests.get(method)?.length ?? FIRST_REST / 2));
    this.#rests.set(method, { until: this.#clock.elapsed() + length, length });
  }

  succeeded(method: string): void {
    this.#rests.delete(method);
  }
}

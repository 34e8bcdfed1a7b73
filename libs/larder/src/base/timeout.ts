import type { Clock } from './clock.js';

/**
 * What some work brings, unless it takes longer than a limit: then what `expired` answers or throws, whatever the work does
 * later.
 *
 * @param limit milliseconds; `Infinity` for none
 */
export function withinLimit<T>(
  clock: Clock,
  limit: number,
  work: Promise<T>,
  expired: () => T | Promise<T>,
): Promise<T> {
  if (limit === Number.POSITIVE_INFINITY) return work;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limit, () => {
      try {
        resolve(expired());
      } catch (error) {
        reject(error);
      }
    });
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** Time that several steps share, one after the other; it runs from the first of them on. */
export class TimeBudget {
  readonly #clock: Clock;
  readonly #total: number;
  #began: number | undefined;

  /** @param total milliseconds */
  constructor(clock: Clock, total: number) {
    this.#clock = clock;
    this.#total = total;
  }

  /** Milliseconds, 0 and up. The first look begins it. */
  get left(): number {
    this.#began ??= this.#clock.elapsed();
    return Math.max(0, this.#began + this.#total - this.#clock.elapsed());
  }

  /** Waits for some work, for as long as there is time; what becomes of it later is left alone. */
  async wait(work: Promise<unknown>): Promise<void> {
    await withinLimit<unknown>(this.#clock, this.left, work, () => undefined);
  }
}

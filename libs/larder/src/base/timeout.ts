import type { Clock } from './clock.js';

/**
 * The result of some work, or that of `expired` if the work takes longer than a limit. The work is not cancelled.
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

/** A time limit that several steps share; it runs from the first step on. */
export class TimeBudget {
  readonly #clock: Clock;
  readonly #total: number;
  #began: number | undefined;

  /** @param total milliseconds */
  constructor(clock: Clock, total: number) {
    this.#clock = clock;
    this.#total = total;
  }

  /** The time left, in milliseconds, from 0. The first read starts the time. */
  get left(): number {
    this.#began ??= this.#clock.elapsed();
    return Math.max(0, this.#began + this.#total - this.#clock.elapsed());
  }

  /** Waits for some work, at most for the time left. Ignores its error. */
  async wait(work: Promise<unknown>): Promise<void> {
    await withinLimit<unknown>(this.#clock, this.left, work, () => undefined);
  }
}

import type { Clock } from '../base/clock.js';

/** A wait that `ring` ends early and `end` ends for good. */
export class WakeSignal {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;
  #isRung = false;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether `end` was called. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves after some milliseconds, or at the next `ring`; at once if `ring` was called since the last wait. */
  wait(milliseconds: number): Promise<'rung' | 'expired'> {
    if (this.#isRung || this.#isOver) {
      this.#isRung = false;
      return Promise.resolve('rung');
    }
    return new Promise((resolve) => {
      const end = (how: 'rung' | 'expired') => {
        this.#wake = undefined;
        cancel();
        resolve(how);
      };
      const cancel = this.#clock.after(milliseconds, () => end('expired'));
      this.#wake = () => end('rung');
    });
  }

  /** Resolves after some milliseconds; `ring` does not shorten it, `end` does. */
  async sleep(milliseconds: number): Promise<void> {
    const until = this.#clock.elapsed() + milliseconds;
    let left = milliseconds;
    while (left > 0 && !this.#isOver) {
      await this.wait(left);
      left = until - this.#clock.elapsed();
    }
  }

  ring(): void {
    if (this.#wake === undefined) this.#isRung = true;
    else this.#wake();
  }

  /** Ends the current wait and all later ones. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }
}

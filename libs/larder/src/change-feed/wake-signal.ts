import type { Clock } from '../base/clock.js';

/** Waits that somebody may cut short. */
export class WakeSignal {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;
  #isRung = false;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether there shall be no more waiting. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves after some milliseconds, or as soon as it is rung; at once if it was since the last wait. Tells which. */
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

  /** Resolves after some milliseconds, whoever rings; at once when there shall be no more waiting. */
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

  /** Ends the wait that is under way, and all that would follow. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }
}

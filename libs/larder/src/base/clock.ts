import { performance } from 'node:perf_hooks';

/**
 * The time. Everything that waits or expires uses this port, so that tests move time by hand (`FakeClock` of
 * `nest-larder/testing`) instead of sleeping.
 */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's clock is set. For versions and for people. */
  now(): number;
  /** Whole milliseconds since a fixed moment; never goes back. For measuring time spans. */
  elapsed(): number;
  /**
   * `elapsed` as read at the first call in this turn of the event loop, which is cheaper. Never ahead of `elapsed`. For times
   * that may be late by a turn, such as an expiry; not for times that other nodes rely on.
   */
  turn(): number;
  /**
   * Runs `task` once after `delay` milliseconds and returns a function that cancels it. Never keeps the process alive. The
   * delay may be longer than the longest timer of the platform; with `Infinity` the task never runs.
   */
  after(delay: number, task: () => void): () => void;
}

/** Resolves after `delay` milliseconds. */
export function sleep(clock: Clock, delay: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delay, resolve));
}

/** The longest delay of a timer, in milliseconds: 24.8 days. Node runs a timer with a longer one after a millisecond. */
const MAX_TIMER_DELAY = 2 ** 31 - 1;

/** How many times `turn` returns one reading: a loop of hits alone never ends its turn. */
const USES_OF_ONE_READING = 256;

/** The clocks of the machine. */
export class SystemClock implements Clock {
  #reading = 0;
  #uses = 0;
  #ends = false;
  readonly #endTurn = () => {
    this.#ends = false;
    this.#uses = 0;
  };

  now(): number {
    return Date.now();
  }

  elapsed(): number {
    return Math.floor(performance.now());
  }

  turn(): number {
    return this.#uses-- > 0 ? this.#reading : this.#read();
  }

  after(delay: number, task: () => void): () => void {
    if (delay > MAX_TIMER_DELAY) return this.#afterLong(delay, task);
    const timer = setTimeout(task, delay).unref();
    return () => clearTimeout(timer);
  }

  /** Chains timers. */
  #afterLong(delay: number, task: () => void): () => void {
    let left = delay;
    let cancel = () => {};
    const wait = () => {
      const step = Math.min(left, MAX_TIMER_DELAY);
      left -= step;
      cancel = this.after(step, left > 0 ? wait : task);
    };
    if (delay !== Number.POSITIVE_INFINITY) wait();
    return () => cancel();
  }

  #read(): number {
    this.#reading = this.elapsed();
    this.#uses = USES_OF_ONE_READING;
    if (!this.#ends) {
      this.#ends = true;
      setImmediate(this.#endTurn).unref();
    }
    return this.#reading;
  }
}

import { performance } from 'node:perf_hooks';

/**
 * The time as the cache sees it. Everything that waits or expires asks this port, so that tests move time by hand
 * (`FakeClock` of `nest-larder/testing`) instead of sleeping.
 */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's clock is set. For versions and for people. */
  now(): number;
  /** Whole milliseconds since a fixed moment; never goes back. For everything that measures a time span. */
  elapsed(): number;
  /**
   * `elapsed` as it was when this turn of the event loop first asked, which is cheaper to know. Never ahead of `elapsed`.
   * For what may be late by a turn, such as an expiry; not for what others rely upon.
   */
  turn(): number;
  /**
   * Runs `task` once after `delay` milliseconds and returns what cancels it. Never keeps a process alive. Any delay is kept,
   * also one that no timer of the platform can wait for; `Infinity` never runs it.
   */
  after(delay: number, task: () => void): () => void;
}

/** The longest delay of a timer, in milliseconds: 24.8 days. Node runs a timer with a longer one after a millisecond. */
const MAX_TIMER_DELAY = 2 ** 31 - 1;

/** How often `turn` is answered before the time is read again: a loop of hits alone never ends its turn. */
const USES_OF_ONE_READING = 256;

/** The machine's clocks. */
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

  /** Waits with one timer after the other. */
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

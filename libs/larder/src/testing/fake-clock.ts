import type { Clock } from '../base/clock.js';

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/** A clock that moves only by `advance`. Starts on 1 January 2026. */
export class FakeClock implements Clock {
  #now: number;
  #elapsed = 0;
  #timers: Timer[] = [];

  constructor(start: Date | number = Date.UTC(2026, 0, 1)) {
    this.#now = Number(start);
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  turn(): number {
    return this.#elapsed;
  }

  after(delay: number, task: () => void): () => void {
    const timer = { at: this.#elapsed + delay, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves the time forward, and runs due timers in their order. */
  advance(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#moveTo(next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.task();
    }
    this.#moveTo(end);
  }

  #nextDue(end: number): Timer | undefined {
    return this.#timers.filter((timer) => timer.at <= end).sort((one, other) => one.at - other.at)[0];
  }

  #moveTo(elapsed: number): void {
    this.#now += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }
}

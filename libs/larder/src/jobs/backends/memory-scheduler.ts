import type { Clock } from '../../base/clock.js';
import type { JobDefinition } from '../definition.js';
import type { OnTick, Timetable } from '../scheduler.js';

/** How long a wait lasts at most: a clock that is set, and a machine that slept, are noticed after it. */
const LONGEST_WAIT = 60_000;
/** Keeps a process alive whose only work is its jobs, as their connection to Redis does. */
const OFTEN_ENOUGH = 2 ** 30;

/** The ticks of one process. */
export class MemoryTimetable implements Timetable {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();
  #alive: NodeJS.Timeout | undefined;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(jobs: readonly JobDefinition[], onTick: OnTick): void {
    this.#alive = setInterval(() => {}, OFTEN_ENOUGH);
    for (const job of jobs) this.#await(job, job.schedule.next(this.#clock.now()), onTick);
  }

  async stop(deadline: AbortSignal): Promise<void> {
    clearInterval(this.#alive);
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    if (deadline.aborted) return;
    const end = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([end, Promise.all(this.#underWay)]);
  }

  #await(job: JobDefinition, due: number, onTick: OnTick): void {
    const left = due - this.#clock.now();
    if (left > 0) {
      const cancel = this.#clock.after(Math.min(left, LONGEST_WAIT), () => this.#await(job, due, onTick));
      this.#cancels.set(job.name, cancel);
      return;
    }
    const run = onTick(job, new Date(due)).finally(() => this.#underWay.delete(run));
    this.#underWay.add(run);
    this.#await(job, job.schedule.next(Math.max(due, this.#clock.now())), onTick);
  }
}

import type { Clock } from '../../base/clock.js';
import { LarderDecoratorError } from '../../base/errors.js';
import type { JobDefinition } from '../definition.js';
import type { OnTick, Scheduler } from '../scheduler.js';

/** Maximum wait, in milliseconds: after it, a clock change or a suspended machine is noticed. */
const MAX_DELAY = 60_000;
/** Interval of an idle timer, which keeps a process alive that only runs jobs. With Redis, the connection does. */
const KEEP_ALIVE_INTERVAL = 2 ** 30;

/** The part of `SchedulerRegistry` of `@nestjs/schedule` in which jobs list their timers. */
export interface TimerRegistry {
  doesExist(type: 'interval', name: string): boolean;
  addInterval(name: string, timer: NodeJS.Timeout): void;
  deleteInterval(name: string): void;
}

/** The ticks of one process. Deleting a job's timer from the registry ends the job. */
export class MemoryScheduler implements Scheduler {
  readonly #clock: Clock;
  readonly #registry: TimerRegistry | undefined;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #cancels = new Map<string, () => void>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(clock: Clock, registry?: TimerRegistry) {
    this.#clock = clock;
    this.#registry = registry;
  }

  /** @throws LarderDecoratorError if the application has a timer of the same name */
  start(jobs: readonly JobDefinition[], onTick: OnTick): void {
    for (const job of jobs) {
      this.#list(job.name);
      this.#await(job, job.schedule.next(this.#clock.now()), onTick);
    }
  }

  async stop(deadline: AbortSignal): Promise<void> {
    for (const name of [...this.#timers.keys()]) this.#end(name);
    if (deadline.aborted) return;
    const end = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([end, Promise.all(this.#underWay)]);
  }

  #await(job: JobDefinition, due: number, onTick: OnTick): void {
    if (this.#registry?.doesExist('interval', job.name) === false) {
      this.#end(job.name);
      return;
    }
    const left = due - this.#clock.now();
    if (left > 0) {
      const cancel = this.#clock.after(Math.min(left, MAX_DELAY), () => this.#await(job, due, onTick));
      this.#cancels.set(job.name, cancel);
      return;
    }
    const run = onTick(job, new Date(due)).finally(() => this.#underWay.delete(run));
    this.#underWay.add(run);
    this.#await(job, job.schedule.next(Math.max(due, this.#clock.now())), onTick);
  }

  #list(name: string): void {
    if (this.#registry?.doesExist('interval', name)) {
      for (const listed of [...this.#timers.keys()]) this.#end(listed);
      throw new LarderDecoratorError(`The job ${name} has the same name as another interval. Rename one of them.`);
    }
    const timer = setInterval(() => {}, KEEP_ALIVE_INTERVAL);
    this.#timers.set(name, timer);
    this.#registry?.addInterval(name, timer);
  }

  #end(name: string): void {
    this.#cancels.get(name)?.();
    clearInterval(this.#timers.get(name));
    this.#timers.delete(name);
    if (this.#registry?.doesExist('interval', name)) this.#registry.deleteInterval(name);
  }
}

import { hostname } from 'node:os';
import type { Clock } from '../base/clock.js';
import { LarderJobError } from '../base/errors.js';
import { tryOnce } from './attempt.js';
import type { JobDefinition } from './definition.js';
import type { JobRecords } from './history.js';
import type { Taken, Turn, Turns } from './job-lock.js';
import type { EndedRun, JobListener, JobRun } from './run.js';
import type { Tick } from './scheduler.js';

/** How often a turn is asked for that somebody else has, in milliseconds. */
const POLL = 100;
const LONGEST_PAUSE = 30_000;
const BY = `${hostname()}:${process.pid}`;

export interface RunnerParts {
  readonly turns: Turns;
  readonly records: JobRecords;
  readonly clock: Clock;
  readonly report: JobListener;
}

/** Carries out runs: one of a job at a time, tried as often as it may be, and written down. */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /**
   * A tick of the timetable: skipped if a run is still under way.
   *
   * @throws LarderRedisError if it cannot be found out whether it may run
   */
  async tick(job: JobDefinition, { scheduledFor, isAgain }: Tick): Promise<EndedRun | undefined> {
    const turn = await this.#turn(job, isAgain);
    if (turn !== undefined) return this.#track(this.#run(job, scheduledFor, turn));
    this.#parts.report({ type: 'skipped', name: job.name, scheduledFor });
    await this.#written(job, this.#parts.records.skipped(job.name));
    return undefined;
  }

  /** @throws LarderJobError if it is running, anywhere */
  async runNow(job: JobDefinition): Promise<EndedRun> {
    const turn = await this.#turn(job, false);
    if (turn === undefined) {
      throw new LarderJobError(`The job ${job.name} is running already. Wait until its status says that it is not.`);
    }
    return this.#track(this.#run(job, new Date(this.#parts.clock.now()), turn));
  }

  /** Tells every run to stop. */
  abort(): void {
    this.#stop.abort(new Error('The process is stopping.'));
  }

  /** Resolves when no run is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #track<Outcome>(run: Promise<Outcome>): Promise<Outcome> {
    const tracked = run.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  /** A holder that renews its turn lives, and what is due meanwhile is skipped; one that does not has died, and is waited for. */
  async #turn({ name }: JobDefinition, isInsistent: boolean): Promise<Turn | undefined> {
    let before: Taken | undefined;
    for (;;) {
      const turn = await this.#parts.turns.take(name);
      if ('release' in turn) return turn;
      if (!isInsistent && hasRenewed(turn, before)) return undefined;
      before = turn;
      await this.#pause(POLL, this.#stop.signal);
      this.#stop.signal.throwIfAborted();
    }
  }

  async #run(job: JobDefinition, scheduledFor: Date, turn: Turn): Promise<EndedRun> {
    const { clock, records, report } = this.#parts;
    const { name } = job;
    const began = clock.elapsed();
    const started: JobRun = { scheduledFor, startedAt: new Date(clock.now()), by: BY, attempts: 1 };
    report({ type: 'started', name, run: started });
    await this.#written(job, records.started(name, started));
    const outcome = await this.#tries(job, scheduledFor, AbortSignal.any([turn.lost, this.#stop.signal]));
    const result = turn.lost.aborted ? 'lost' : outcome.result;
    const run: EndedRun = { ...started, ...outcome, result, duration: clock.elapsed() - began };
    // Whoever has the turn now has written it down as lost.
    if (result !== 'lost') await this.#written(job, records.ended(name, run));
    await turn.release();
    report({ type: 'ended', name, run });
    return run;
  }

  async #tries(job: JobDefinition, scheduledFor: Date, stop: AbortSignal) {
    for (let attempt = 1; ; attempt++) {
      const outcome = await tryOnce(job, { scheduledFor, attempt }, stop, this.#parts.clock);
      const isLast = attempt > job.retries || outcome.result === 'succeeded' || outcome.result === 'stopped';
      if (isLast) return { ...outcome, attempts: attempt };
      await this.#pause(Math.min(LONGEST_PAUSE, 1000 * 2 ** (attempt - 1)), stop);
    }
  }

  /** What cannot be written down is lost for the status, not for the run. */
  async #written({ name }: JobDefinition, writing: Promise<void>): Promise<void> {
    await writing.catch((error) => this.#parts.report({ type: 'trouble', name, error }));
  }

  #pause(milliseconds: number, stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (stop.aborted) return resolve();
      const end = () => {
        cancel();
        stop.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#parts.clock.after(milliseconds, end);
      stop.addEventListener('abort', end);
    });
  }
}

/** Whether the holder of a turn is known to live. */
function hasRenewed(turn: Taken, before: Taken | undefined): boolean {
  if (turn.expiresIn === Number.POSITIVE_INFINITY) return true;
  return turn.holder === before?.holder && turn.expiresIn >= before.expiresIn;
}

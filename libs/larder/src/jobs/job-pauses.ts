/** A pause of a job: no process runs its ticks. */
export interface JobPause {
  /** Who paused it. */
  readonly by: string;
  readonly since: Date;
}

/** Whether the ticks of a job are run. */
export interface PauseState {
  /** The present pause. */
  readonly paused: JobPause | undefined;
  /** When the last pause ended; `undefined` while the job is paused, or if it never was. */
  readonly resumedAt: Date | undefined;
}

/** The pauses of jobs. The locks of the same backend refuse the ticks of a paused job. */
export interface JobPauses {
  /** @returns the earlier pause if the job is already paused, which stays */
  pause(job: string, pause: JobPause): Promise<JobPause | undefined>;
  /** @returns the pause that has ended; `undefined` if the job was not paused */
  resume(job: string, at: Date): Promise<JobPause | undefined>;
  state(job: string): Promise<PauseState>;
}

export const NEVER_PAUSED: PauseState = { paused: undefined, resumedAt: undefined };

/** The pauses of this process. They end with it. */
export class MemoryJobPauses implements JobPauses {
  readonly #states = new Map<string, PauseState>();

  async pause(job: string, pause: JobPause): Promise<JobPause | undefined> {
    const earlier = this.#states.get(job)?.paused;
    if (earlier === undefined) this.#states.set(job, { paused: pause, resumedAt: undefined });
    return earlier;
  }

  async resume(job: string, at: Date): Promise<JobPause | undefined> {
    const ended = this.#states.get(job)?.paused;
    if (ended !== undefined) this.#states.set(job, { paused: undefined, resumedAt: at });
    return ended;
  }

  async state(job: string): Promise<PauseState> {
    return this.#states.get(job) ?? NEVER_PAUSED;
  }

  isPaused(job: string): boolean {
    return this.#states.get(job)?.paused !== undefined;
  }
}

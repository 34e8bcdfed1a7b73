import type { JobLocks, LockOptions, LockReply, RunRequest } from '../job-lock.js';
import { MemoryJobPauses } from '../job-pauses.js';

/** Job locks within one process. */
export class MemoryJobLocks implements JobLocks {
  readonly #held = new Map<string, RunRequest>();
  readonly #ticks = new Map<string, number>();
  readonly #pauses: MemoryJobPauses;

  constructor(pauses = new MemoryJobPauses()) {
    this.#pauses = pauses;
  }

  async acquire(job: string, _schedule: string, request: RunRequest, { alive }: LockOptions): Promise<LockReply> {
    const previousTick = this.#ticks.get(job);
    const isTick = request.kind === 'tick';
    if (isTick && previousTick !== undefined && request.at <= previousTick) return { type: 'settled' };
    if (isTick && this.#pauses.isPaused(job)) {
      this.#ticks.set(job, request.at);
      return { type: 'paused' };
    }
    const isHeld = this.#held.has(job);
    if (isHeld && alive !== job) return { type: 'held', holder: job, expiresIn: Number.POSITIVE_INFINITY };
    if (isTick) this.#ticks.set(job, request.at);
    if (isHeld) return { type: 'skipped', previousTick };
    this.#held.set(job, request);
    const release = async () => {
      if (this.#held.get(job) === request) this.#held.delete(job);
      return true;
    };
    return { type: 'acquired', lock: { request, previousTick, lost: new AbortController().signal, release } };
  }
}

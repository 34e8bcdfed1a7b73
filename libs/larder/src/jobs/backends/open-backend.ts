import type { Clock } from '../../base/clock.js';
import type { RedisAddress } from '../../redis/address.js';
import { MemoryJobPauses } from '../job-pauses.js';
import type { JobBackend } from '../jobs.js';
import type { JobListener } from '../run.js';
import { MemoryHistory } from './memory-history.js';
import { MemoryJobLocks } from './memory-job-lock.js';
import { MemoryScheduler, type TimerRegistry } from './memory-scheduler.js';
import type { RedisBackendOptions } from './redis/redis-backend.js';

export interface JobBackendOptions extends RedisBackendOptions {
  readonly redis: RedisAddress | undefined;
  /** The registry in which this process lists its timers; `undefined` for none. */
  readonly timers?: TimerRegistry | undefined;
}

/** @throws LarderOptionsError if Redis is configured and the package bullmq is missing */
export async function openJobBackend(options: JobBackendOptions, report: JobListener): Promise<JobBackend> {
  const { redis, clock, timers } = options;
  if (redis === undefined) return memoryBackend(clock, timers);
  // Loaded on demand: it is most of the code of jobs.
  const { openRedisBackend } = await import('./redis/redis-backend.js');
  return openRedisBackend(options, redis, report);
}

function memoryBackend(clock: Clock, timers: TimerRegistry | undefined): JobBackend {
  const pauses = new MemoryJobPauses();
  return {
    scheduler: new MemoryScheduler(clock, timers),
    locks: new MemoryJobLocks(pauses),
    pauses,
    history: new MemoryHistory(),
    close: () => {},
  };
}

import type { Clock } from '../../../base/clock.js';
import { loadOptional } from '../../../base/package/optional-package.js';
import type { RedisAddress } from '../../../redis/address.js';
import { openIoredis } from '../../../redis/client/ioredis.js';
import { connected } from '../../../redis/connect.js';
import { RedisClient } from '../../../redis/redis-client.js';
import { loadCron } from '../../cron.js';
import type { JobBackend } from '../../jobs.js';
import type { JobListener } from '../../run.js';
import { MAX_WAIT } from './bounded-waits.js';
import { BullMqScheduler } from './bullmq-scheduler.js';
import { persistInfo } from './persistent-info.js';
import { RedisHistory } from './redis-history.js';
import { RedisJobLocks } from './redis-job-lock.js';
import { RedisJobPauses } from './redis-job-pauses.js';

/** Milliseconds without a reply after which a connection is replaced; longer than BullMQ's waits for ticks. */
const IDLE_TIMEOUT = 5 * MAX_WAIT;
/** How long the start waits for Redis before it goes on without, in milliseconds. */
const CONNECT_TIMEOUT = 2000;
/** How long a schedule stays after the last process with the job has ended, in milliseconds. */
const RETENTION = 30_000;

export interface RedisBackendOptions {
  /** Timeout of a Redis call, in milliseconds. */
  readonly redisTimeout: number;
  readonly keyPrefix: string;
  readonly clock: Clock;
  /** How long a schedule stays after the last process with the job has ended, in milliseconds. Default 30,000. */
  readonly retention?: number;
}

/** @throws LarderOptionsError if the package bullmq is missing */
export async function openRedisBackend(
  { redisTimeout, keyPrefix: prefix, clock, retention = RETENTION }: RedisBackendOptions,
  redis: RedisAddress,
  report: JobListener,
): Promise<JobBackend> {
  const [bullmq, cron] = await Promise.all([
    loadOptional('A job with Redis', 'bullmq', () => import('bullmq')),
    loadCron(),
  ]);
  const open = await openIoredis(redis, IDLE_TIMEOUT);
  await connected(open, CONNECT_TIMEOUT);
  const stopping = new AbortController();
  const copies = new Set<typeof open.client>();
  persistInfo(open.client, clock, stopping.signal, copies);
  const access = new RedisClient(open, redisTimeout);
  const locks = new RedisJobLocks(access, prefix, clock);
  const { client } = open;
  const scheduler = new BullMqScheduler({
    bullmq,
    cron,
    client,
    redis: access,
    prefix,
    clock,
    report,
    locks,
    retention,
    stopping,
  });
  return {
    scheduler,
    locks,
    pauses: new RedisJobPauses(access, prefix),
    history: new RedisHistory(access, prefix),
    queue: scheduler.queue,
    close: () => {
      access.close();
      for (const copy of copies) copy.disconnect();
    },
  };
}

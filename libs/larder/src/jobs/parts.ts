import type { Clock } from '../clock.js';
import { LarderOptionsError } from '../errors.js';
import { RedisAccess } from '../redis/access.js';
import type { RedisAddress } from '../redis/address.js';
import { openRedis } from '../redis/open-redis.js';
import { BullMqTimetable } from './bullmq-timetable.js';
import { MemoryRecords } from './memory-records.js';
import { MemoryTimetable } from './memory-timetable.js';
import type { JobRecords } from './records.js';
import { RedisRecords } from './redis-records.js';
import { RedisTurns } from './redis-turns.js';
import type { JobListener } from './run.js';
import type { Timetable } from './timetable.js';
import { MemoryTurns, type Turns } from './turns.js';

/** Milliseconds a connection may answer nothing: BullMQ waits for ticks up to 10 s at a time. */
const SILENCE = 15_000;

/** What jobs run on. */
export interface JobParts {
  readonly timetable: Timetable;
  readonly turns: Turns;
  readonly records: JobRecords;
  /** BullMQ's queue, where there is one. */
  readonly queue?: object;
  close(): void;
}

export interface JobPartsOptions {
  readonly redis: RedisAddress | undefined;
  /** Milliseconds a call of Redis may take. */
  readonly redisDeadline: number;
  readonly keyPrefix: string;
  readonly clock: Clock;
}

/** @throws LarderOptionsError if Redis is configured and BullMQ is not there */
export async function openJobParts(options: JobPartsOptions, report: JobListener): Promise<JobParts> {
  const { redis, redisDeadline, keyPrefix: prefix, clock } = options;
  if (redis === undefined) return memoryParts(clock);
  const bullmq = await loadBullMq();
  const access = new RedisAccess(await openRedis(redis, SILENCE), redisDeadline);
  const timetable = new BullMqTimetable({ bullmq, access, prefix, clock, report });
  return {
    timetable,
    turns: new RedisTurns(access, prefix, clock),
    records: new RedisRecords(access, prefix),
    queue: timetable.queue,
    close: () => access.close(),
  };
}

function memoryParts(clock: Clock): JobParts {
  return {
    timetable: new MemoryTimetable(clock),
    turns: new MemoryTurns(),
    records: new MemoryRecords(),
    close: () => {},
  };
}

async function loadBullMq() {
  try {
    return await import('bullmq');
  } catch (error) {
    throw new LarderOptionsError([
      `There are jobs and Redis is configured, but the package bullmq cannot be loaded (${error}); install it`,
    ]);
  }
}

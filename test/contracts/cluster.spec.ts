import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisCounterStore } from '../../libs/larder/src/background/counters/redis-counter-store.js';
import { RedisDeadlineStore } from '../../libs/larder/src/background/deadlines/redis-deadline-store.js';
import { SystemClock } from '../../libs/larder/src/base/clock.js';
import { LarderModule } from '../../libs/larder/src/index.js';
import { RedisHistory } from '../../libs/larder/src/jobs/backends/redis/redis-history.js';
import { RedisJobLocks } from '../../libs/larder/src/jobs/backends/redis/redis-job-lock.js';
import { Job, type JobContext } from '../../libs/larder/src/jobs/index.js';
import { openRedis } from '../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../libs/larder/src/redis/redis-client.js';
import { RedisBoard } from '../../libs/larder/src/redis-cache/fleet/redis-board.js';
import { RedisClaims } from '../../libs/larder/src/redis-cache/fleet/redis-claims.js';
import { RedisCluster } from '../support/servers/redis-cluster.js';
import { until } from '../support/until.js';
import { counterStoreContract } from './counter-store-contract.js';
import { deadlineStoreContract } from './deadline-store-contract.js';
import { fleetBoardContract } from './fleet-board-contract.js';
import { jobRecordsContract } from './job-history-contract.js';
import { jobLocksContract, sharedJobLocksContract } from './job-lock-contract.js';
import { noticeClaimsContract } from './notice-claims-contract.js';

const clock = new SystemClock();
let cluster: RedisCluster;
let redis: RedisClient;

beforeAll(async () => {
  cluster = await RedisCluster.start();
  redis = new RedisClient(await openRedis({ cluster: cluster.nodes }, 5000), 2000);
  await until(() => redis.status === 'ready');
}, 60_000);
afterAll(async () => {
  redis.close();
  await cluster.stop();
});

describe('on a cluster, the locks of jobs', () => {
  const make = async () => new RedisJobLocks(redis, randomUUID(), clock);
  for (const { name, run } of [...jobLocksContract(make), ...sharedJobLocksContract(make)]) it(name, run);
});

describe('on a cluster, the history of jobs', () => {
  for (const { name, run } of jobRecordsContract(async () => new RedisHistory(redis, randomUUID()))) it(name, run);
});

describe('on a cluster, a counter', () => {
  const make = async () =>
    new RedisCounterStore({ redis, prefix: randomUUID(), name: 'views', clock, window: 0, report: () => {} });
  for (const { name, run } of counterStoreContract(make)) it(name, run);
});

describe('on a cluster, deadlines', () => {
  const make = async () => new RedisDeadlineStore(redis, randomUUID(), 'offers', clock);
  for (const { name, run } of deadlineStoreContract(make)) it(name, run);
});

describe('on a cluster, the board of a fleet', () => {
  const make = async () => ({
    board: new RedisBoard(redis, randomUUID()),
    pass: (time: number) => delay(time),
  });
  for (const { name, run } of fleetBoardContract(make)) it(name, run);
});

describe('on a cluster, the claims of a fleet', () => {
  const make = async () => ({
    claims: new RedisClaims(redis, randomUUID()),
    pass: (time: number) => delay(time),
  });
  for (const { name, run } of noticeClaimsContract(make)) it(name, run);
});

it('on a cluster, a job runs each tick', async () => {
  const ticks: number[] = [];
  @Injectable()
  class Worker {
    @Job({ name: 'often', every: 500 })
    often({ scheduledFor }: JobContext) {
      ticks.push(scheduledFor.getTime());
    }
  }
  @Module({
    imports: [LarderModule.forRoot({ redis: { cluster: cluster.nodes }, redisTimeout: '2s' })],
    providers: [Worker],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  await until(() => ticks.length >= 4);
  await app.close();
  expect(new Set(ticks).size).toBe(ticks.length);
  expect(ticks.every((tick) => tick % 500 === 0)).toBe(true);
});

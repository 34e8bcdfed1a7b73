import { createHook } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineCounter, defineDeadline, Job } from '../../../libs/larder/src/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

@Injectable()
class Work {
  runs = 0;
  readonly errors: unknown[] = [];
  readonly views = defineCounter({
    name: 'views',
    flushEvery: '1h',
    write: async () => {},
    onError: (error) => this.errors.push(error),
  });
  readonly offers = defineDeadline({ name: 'offers', every: '1h', expire: async () => {}, onError: () => {} });

  @Job({ name: 'tick', every: '100ms' })
  tick(): void {
    this.runs++;
  }
}

@Injectable()
class Hanging extends Work {
  hanging = 0;

  /** Ignores its signal. */
  @Job({ name: 'hang', every: '100ms' })
  async hang(): Promise<void> {
    this.hanging++;
    await new Promise(() => {});
  }
}

/** Docker gives a container 10 s; Larder takes half of that. */
const LIMIT = 5000;

/** Stack traces of the timers that are still pending. */
const timers = new Map<number, string>();
const watchingTimers = createHook({
  init: (id, type) => {
    if (type === 'Timeout') timers.set(id, String(new Error().stack));
  },
  destroy: (id) => void timers.delete(id),
});
const ofBullMq = () => [...timers.values()].filter((stack) => stack.includes('bullmq'));

describe('an application that stops while Redis is down', () => {
  const apps = new NestApplications();
  let redis: RedisServer;

  beforeAll(async () => {
    watchingTimers.enable();
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    watchingTimers.disable();
    await apps.close();
    await redis.stop();
  });

  it('takes five seconds at most, and reports the increments that were not written', async () => {
    const { app } = await apps.start({ providers: [Work] }, { larder: { redis: redis.url } });
    const work = app.get(Work);
    await until(() => work.runs > 0);
    await redis.kill();
    const adding = work.views.add('page 7', 3).catch((error: unknown) => error);
    const began = performance.now();
    await app.close();
    // Nest and the machine may add their own time.
    expect(performance.now() - began).toBeLessThan(LIMIT + 2000);
    expect(await adding).toMatchObject({ code: 'LARDER_COUNTER' });
    expect(work.errors.map(String).join('\n')).toMatch(/The counter views .*"page 7": 3/);
    await until(() => ofBullMq().length === 0, 2000);
  });

  it('takes no longer with a job that hangs: jobs and counters share the timeout', async () => {
    await redis.restart();
    const { app } = await apps.start({ providers: [Hanging] }, { larder: { redis: redis.url } });
    const work = app.get(Hanging);
    await until(() => work.hanging > 0);
    await redis.kill();
    const adding = work.views.add('page 8', 4).catch((error: unknown) => error);
    const began = performance.now();
    await app.close();
    expect(performance.now() - began).toBeLessThan(LIMIT + 2000);
    expect(await adding).toMatchObject({ code: 'LARDER_COUNTER' });
    expect(work.errors.map(String).join('\n')).toMatch(/The counter views .*"page 8": 4/);
    await until(() => ofBullMq().length === 0, 2000);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { io } from 'socket.io-client';
import { defineCounter, defineDeadline, Job } from '../../../libs/larder/src/index.js';
import { RedisIoAdapter } from '../../../libs/larder/src/realtime/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { ManagedRedis } from '../../support/servers/managed-redis.js';
import { until } from '../../support/until.js';

@Injectable()
class Work {
  runs = 0;
  written = 0;
  expired = 0;
  readonly views = defineCounter({
    name: 'views',
    flushEvery: '100ms',
    write: async ({ counts }) => {
      this.written += counts.get('page') ?? 0;
    },
    onError: () => {},
  });
  readonly offers = defineDeadline({
    name: 'offers',
    every: '100ms',
    expire: async (ids) => {
      this.expired += ids.length;
    },
    onError: () => {},
  });

  @Job({ name: 'tick', every: '200ms' })
  tick(): void {
    this.runs++;
  }
}

@WebSocketGateway()
class Gateway {
  @WebSocketServer()
  readonly server: { emit(event: string, payload: unknown): unknown };
}

describe('a managed failover, after which the old master stays up as a replica', () => {
  const apps = new NestApplications();
  let redis: ManagedRedis;

  beforeEach(async () => {
    redis = await ManagedRedis.start();
  });
  afterEach(async () => {
    await apps.close();
    await redis.stop();
  });

  async function node(adapter: 'classic' | 'sharded' | 'streams' = 'classic') {
    const running = await apps.start(
      { providers: [Work, Gateway] },
      {
        larder: { redis: redis.url, redisTimeout: '1s' },
        prepare: async (app) => app.useWebSocketAdapter(await RedisIoAdapter.create(app, { adapter })),
      },
    );
    return { ...running, work: running.app.get(Work), sockets: running.app.get(Gateway).server };
  }

  it('strands no connection: invalidations, counters, deadlines and jobs continue', async () => {
    const [one, other] = [await node(), await node()];
    const key = ['row'] as const;
    let row = 1;
    const read = (from: typeof one) => from.cache.getOrLoad(key, () => row);
    await read(one);
    await read(other);
    await redis.failOver();
    row = 2;
    await until(async () => (await one.cache.invalidate(key)).delivered);
    await until(async () => (await read(other)) === 2);
    await one.work.views.add('page');
    await one.work.offers.track('42', Date.now());
    const runs = one.work.runs + other.work.runs;
    await until(() => one.work.written + other.work.written === 1);
    await until(() => one.work.expired + other.work.expired === 1);
    await until(() => one.work.runs + other.work.runs > runs + 2);
    await until(async () => (await redis.strandedClients()).length === 0);
    await until(async () => (await one.cache.health()).settled);
    expect(await one.cache.health()).toMatchObject({ current: true, deliveryLag: 0, problem: undefined });
  }, 60_000);

  it.each(['classic', 'sharded', 'streams'] as const)(
    'has %s sockets hear of other nodes again',
    async (adapter) => {
      const [one, other] = [await node(adapter), await node(adapter)];
      const socket = io(other.url, { transports: ['websocket'] });
      const heard: number[] = [];
      socket.on('said', (number: number) => heard.push(number));
      let sent = 0;
      const isHeard = async () => {
        one.sockets.emit('said', ++sent);
        return heard.length > 0;
      };
      await until(isHeard);
      await redis.failOver();
      await until(async () => (await redis.strandedClients()).length === 0);
      heard.length = 0;
      await until(isHeard);
      socket.close();
    },
    60_000,
  );

  it('reports in health that its writes fail, why and for how long', async () => {
    const { cache } = await node();
    await redis.stop();
    await until(async () => !(await cache.invalidate(['row'])).delivered);
    await until(async () => (await cache.health()).deliveryLag > 0);
    const { settled, problem } = await cache.health();
    expect(settled).toBe(false);
    expect(problem).toContain(redis.url.replace('redis://', 'Redis at '));
    redis = await ManagedRedis.start();
  });
});

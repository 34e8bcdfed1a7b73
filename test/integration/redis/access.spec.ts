import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { defineCounter, defineDeadline, Job } from '../../../libs/larder/src/index.js';
import { RedisIoAdapter } from '../../../libs/larder/src/realtime/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const apps = new NestApplications();
let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterEach(() => apps.close());
afterAll(() => server.stop());

it('grants enough to a user with the documented permissions', async () => {
  const page = await readFile(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
  const [, block = ''] = /```text\n(the cache [^`]+)```/.exec(page) ?? [];
  const rules = block.split(/\s+/).filter((word) => /^[+-]/.test(word));
  expect(rules.length).toBeGreaterThan(20);
  const names = page.match(/[~&][^\s`]*larder[^\s`]*/g) as string[];
  expect(names).toHaveLength(4);
  await server.command('ACL', 'SETUSER', 'documented', 'on', '>word', ...names, ...rules);
  await server.command('ACL', 'LOG', 'RESET');
  /** Commands that Redis refused; clients may be denied the commands that only identify them. */
  const denied = async () =>
    ((await server.command('ACL', 'LOG')) as string[][])
      .map((entry) => `${entry[entry.indexOf('reason') + 1]}: ${entry[entry.indexOf('object') + 1]}`)
      .filter((entry) => !entry.includes('client|setinfo'));
  for (const adapter of ['classic', 'sharded', 'streams'] as const) {
    const { app, cache } = await apps.start(
      { providers: [Everything, Gateway] },
      {
        larder: {
          redis: `redis://documented:word@127.0.0.1:${server.port}`,
          redisTimeout: '1s',
          fleetStats: '1s',
          alerts: '1s',
        },
        prepare: async (app) => app.useWebSocketAdapter(await RedisIoAdapter.create(app, { adapter })),
      },
    );
    const { views, offers, done } = app.get(Everything);
    await cache.getOrLoad(['row', 1], () => 'value', { tags: ['tag'] });
    await cache.getMany(
      [
        ['row', 1],
        ['row', 2],
      ],
      async () => ['value'],
    );
    await cache.writeThrough(['row', 3], () => 'value');
    await cache.redisStats();
    await cache.clear((await cache.requestClear()).token);
    await views.add('page');
    await views.pending('page');
    await offers.track('42', Date.now());
    await offers.track('43', Date.now() + 60_000);
    await offers.extend('43', Date.now() + 90_000);
    await offers.dueWithin('1h');
    await offers.size();
    await offers.removeOrphans(async (ids) => ids);
    await offers.cancel('43');
    const isCounted = async () => (await cache.stats({ fleet: true })).history.length > 0;
    await until(async () => (done.size === 3 && (await isCounted())) || (await denied()).length > 0);
    app.get(Gateway).server.emit('said');
    await app.get(Gateway).server.fetchSockets();
    await app.close();
  }
  expect(await denied()).toEqual([]);
}, 60_000);

@Injectable()
class Everything {
  readonly done = new Set<string>();
  readonly views = defineCounter({ name: 'v', flushEvery: '100ms', write: async () => void this.done.add('views') });
  readonly offers = defineDeadline({ name: 'o', every: '100ms', expire: async () => void this.done.add('offers') });

  @Job({ name: 'tick', every: '200ms' })
  tick(): void {
    this.done.add('tick');
  }
}

@WebSocketGateway()
class Gateway {
  @WebSocketServer()
  readonly server: { emit(event: string): unknown; fetchSockets(): Promise<unknown> };
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueryClient, QueryObserver } from '@tanstack/query-core';
import { io, type Socket } from 'socket.io-client';
import { until } from '../../../../test/support/until.js';
import { Cache, Cacheable, LarderModule } from '../index.js';
import { RedisIoAdapter } from '../realtime/index.js';
import { LiveClient } from './index.js';

let loads = 0;

@Controller('scores')
class Scores {
  @Get(':table')
  @Cacheable({ key: (table: string) => ['scores', table] })
  async of(@Param('table') table: string) {
    return { table, score: ++loads };
  }
}

type Queries = { 'Scores.of': { args: [table: string]; value: { table: string; score: number } } };

@Module({ imports: [LarderModule.forRoot({ realtime: { interval: 50 } })], controllers: [Scores] })
class App {}

let cache: Cache;
let url: string;
let close: () => Promise<void>;
let socket: Socket;
let live: LiveClient<Queries>;

beforeEach(async () => {
  loads = 0;
  const app = await NestFactory.create(App, { logger: false, abortOnError: false });
  app.useWebSocketAdapter(await RedisIoAdapter.create(app));
  await app.listen(0, '127.0.0.1');
  [cache, url, close] = [app.get(Cache), await app.getUrl(), () => app.close()];
  socket = io(`${url}/live`, { transports: ['websocket'], reconnectionDelay: 10, forceNew: true });
  live = new LiveClient<Queries>(socket);
});
afterEach(async () => {
  socket.disconnect();
  await close();
});

describe('LiveClient', () => {
  it('delivers the value, and a new one after each change, until it is stopped', async () => {
    const scores: number[] = [];
    const stop = live.values('Scores.of', ['7'], ({ score }) => scores.push(score));
    await until(() => scores.length === 1);
    await cache.invalidate(['scores', '7']);
    await until(() => scores.length === 2);
    expect(scores).toEqual([1, 2]);
    stop();
    const others: number[] = [];
    live.values('Scores.of', ['8'], ({ score }) => others.push(score));
    await until(() => others.length === 1);
    await cache.invalidate(['scores']);
    await until(() => others.length === 2);
    expect(scores).toHaveLength(2);
  });

  it('delivers changes that happened while it was disconnected', async () => {
    const scores: number[] = [];
    live.values('Scores.of', ['7'], ({ score }) => scores.push(score));
    await until(() => scores.length === 1);
    socket.io.engine.close();
    await cache.invalidate(['scores', '7']);
    await until(() => scores.length === 2);
    expect(scores).toEqual([1, 2]);
    await cache.invalidate(['scores', '7']);
    await until(() => scores.length === 3);
  });

  it('reports why the server refused a query', async () => {
    const problems: string[] = [];
    (live as LiveClient).changes(
      'Nothing.here',
      [],
      () => {},
      ({ code }) => problems.push(code),
    );
    await until(() => problems.length === 1);
    expect(problems).toEqual(['unknown-query']);
  });

  it('invalidates queries of TanStack Query after a change', async () => {
    const client = new QueryClient();
    const scores: number[] = [];
    const observer = new QueryObserver(client, {
      queryKey: ['scores', '7'],
      queryFn: async () => (await fetch(`${url}/scores/7`)).json() as Promise<{ score: number }>,
      staleTime: Number.POSITIVE_INFINITY,
    });
    const unobserve = observer.subscribe(({ data }) => data && scores.at(-1) !== data.score && scores.push(data.score));
    const stop = live.invalidates(client, ['scores', '7'], 'Scores.of', ['7']);
    await until(() => scores.length === 1);
    await cache.invalidate(['scores']);
    await until(() => scores.length === 2);
    expect(scores).toEqual([1, 2]);
    stop();
    unobserve();
    client.clear();
  });
});

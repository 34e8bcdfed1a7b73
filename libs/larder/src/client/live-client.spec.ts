import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueryClient, QueryObserver } from '@tanstack/query-core';
import { io, type Socket } from 'socket.io-client';
import { until } from '../../../../test/support/until.js';
import { Cache, Cacheable, LarderModule } from '../index.js';
import { RedisIoAdapter } from '../realtime/index.js';
import { LiveClient, type LiveSocket } from './index.js';

let loads = 0;

@Controller('scores')
class Scores {
  @Get(':table')
  @Cacheable({ key: (table: string) => ['scores', table] })
  async of(@Param('table') table: string) {
    return { table, score: ++loads };
  }
}

@Controller('boards')
class Boards {
  /** Each load changes one row, and puts another in front. */
  @Get()
  @Cacheable({ key: () => ['boards'] })
  async all() {
    loads++;
    const old = Array.from({ length: 20 }, (_, id) => ({ id, name: `board ${id}`, score: id === 3 ? loads : 0 }));
    return [...Array.from({ length: loads }, (_, at) => ({ id: 20 + loads - at, name: 'new', score: 0 })), ...old];
  }

  @Get('same')
  @Cacheable({ key: () => ['same'] })
  async same() {
    loads++;
    return { at: new Date(0) };
  }

  @Get('picture')
  @Cacheable({ key: () => ['picture'] })
  async picture() {
    return { name: 'a name that does not change', bytes: Buffer.from([++loads]) };
  }
}

type Board = { id: number; name: string; score: number };
type Queries = {
  'Scores.of': { args: [table: string]; value: { table: string; score: number } };
  'Boards.all': { args: []; value: Board[] };
  'Boards.same': { args: []; value: { at: string } };
  'Boards.picture': { args: []; value: { bytes: Uint8Array } };
};

@Module({ imports: [LarderModule.forRoot({ realtime: { interval: 50 } })], controllers: [Scores, Boards] })
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

  describe('sent the difference between two values', () => {
    let boards: Board[][];
    let told: string[];
    /** The loads that the values come from. A value that rests on another one than the server thinks has a wrong length. */
    const given = () =>
      boards.map((all) => (all.length === 20 + (all.at(-17)?.score ?? 0) ? all.length - 20 : 'wrong'));

    /** @param through changes or drops what the client gets and sends */
    function follow(through: Partial<LiveSocket> = {}): void {
      boards = [];
      told = [];
      socket.onAny((event: string) => told.push(event));
      const { connected, on, off, emit } = bound(socket);
      new LiveClient<Queries>({ connected, on, off, emit, ...through }).values('Boards.all', [], (all) =>
        boards.push(all),
      );
    }

    async function change(times: number): Promise<void> {
      await cache.invalidate(['boards']);
      await until(() => boards.length === times);
    }

    it('gives its caller whole values, which the caller may change', async () => {
      follow();
      await until(() => boards.length === 1);
      for (const times of [2, 3, 4]) {
        await change(times);
        boards.at(-1)?.splice(0);
      }
      await change(5);
      expect(told).toEqual(Array(4).fill('patch'));
      expect([given().at(-1), boards.at(-1)?.at(-17)]).toEqual([5, { id: 3, name: 'board 3', score: 5 }]);
    });

    it('gets the whole value after it has missed a message', async () => {
      let drops = 0;
      const on = (event: string, listener: (...bodies: unknown[]) => void) =>
        socket.on(event, (...bodies: unknown[]) => {
          if (event !== 'patch' || drops-- <= 0) listener(...bodies);
        });
      follow({ on });
      await until(() => boards.length === 1);
      await change(2);
      drops = 1;
      await cache.invalidate(['boards']);
      await until(() => drops === 0);
      await change(3);
      expect(given()).toEqual([1, 2, 4]);
      await change(4);
      expect(given()).toEqual([1, 2, 4, 5]);
    });

    it('gets whole values from a server that does not know differences', async () => {
      type Reply = (answer: object) => void;
      const emit = (event: string, ...[message, reply]: unknown[]) => {
        const isNew = (message as { mode?: string }).mode === 'patch';
        if (isNew) (reply as Reply)({ ok: false, code: 'invalid-message', message: 'unknown mode' });
        else socket.emit(event, message, reply);
      };
      follow({ emit });
      await until(() => boards.length === 1);
      await change(2);
      expect([given(), told]).toEqual([[1, 2], ['value']]);
    });

    it('gets no event for a value that is the same', async () => {
      const values: unknown[] = [];
      live.values('Boards.same', [], (value) => values.push(value));
      live.values('Boards.all', [], (value) => values.push(value));
      await until(() => values.length === 2);
      await cache.invalidate(['same']);
      await until(() => loads === 3);
      await cache.invalidate(['boards']);
      await until(() => values.length === 3);
      expect(values[0]).toEqual({ at: '1970-01-01T00:00:00.000Z' });
      expect(values[2]).toHaveLength(24);
    });

    it('gets a value with bytes whole', async () => {
      const bytes: number[] = [];
      live.values('Boards.picture', [], (value) => bytes.push(new Uint8Array(value.bytes)[0] as number));
      await until(() => bytes.length === 1);
      await cache.invalidate(['picture']);
      await until(() => bytes.length === 2);
      expect(bytes).toEqual([1, 2]);
    });
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

/** A socket whose methods can be called alone. */
function bound(socket: Socket): LiveSocket {
  const { connected } = socket;
  const [on, off, emit] = [socket.on.bind(socket), socket.off.bind(socket), socket.emit.bind(socket)];
  return { connected, on, off, emit } as LiveSocket;
}

import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Deferred, defer } from '../../../../test/support/defer.js';
import { until } from '../../../../test/support/until.js';
import { Cache, Cacheable, type CacheEvent, LarderModule, type LarderOptions } from '../index.js';
import { FakeClock } from '../testing/index.js';

const MINUTE = 60_000;

@Injectable()
class Board {
  /** The loads in the order in which they began; each waits until it is released. */
  readonly loaded: string[] = [];
  gates: Deferred<void>[] | undefined;
  failing = false;

  @Cacheable({ key: (name: string) => ['board', name], ttl: '100m' })
  async score(name: string) {
    return this.load(name);
  }

  @Cacheable({ key: (name: string) => ['champion', name], ttl: '100m', critical: [['c1'], ['c2']] })
  async champion(name: string) {
    return this.load(name);
  }

  @Cacheable({ key: (query: { page: number }) => ['list', query.page], ttl: '100m' })
  async list(query: { page: number }) {
    return this.load(`list ${query.page}`);
  }

  private async load(name: string) {
    this.loaded.push(name);
    if (this.gates !== undefined) {
      const gate = defer<void>();
      this.gates.push(gate);
      await gate.promise;
    }
    if (this.failing) throw new Error('no database');
    return { name };
  }
}

@Injectable()
class Favourites {
  readonly loaded: string[] = [];
  wanted = ['f1', 'f2'];

  @Cacheable({
    key: (name: string) => ['favourites', name],
    ttl: '100m',
    critical: (favourites: Favourites) => favourites.wanted.map((name) => [name]),
  })
  async one(name: string) {
    this.loaded.push(name);
    return { name };
  }
}

let requests = 0;

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @Cacheable({ key: () => ['request'], ttl: '100m', scope: 'shared' })
  async value() {
    return ++requests;
  }
}

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function start(options: LarderOptions = {}) {
  const clock = new FakeClock();
  const events: CacheEvent[] = [];
  const larder = LarderModule.forRoot({
    clock,
    onEvent: (event) => events.push(event),
    warmInterval: '24d',
    ...options,
  });
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [larder], providers: [Board, Favourites, PerRequest] },
    { logger: false },
  );
  opened.push(app);
  const board = app.get(Board);
  const cache = app.get(Cache);
  const isWarm = () => events.some(({ type }) => type === 'warmed');
  if (options.warming !== false) await until(isWarm);
  board.loaded.length = 0;
  return { app, board, cache, clock, events };
}

/** Waits until a round has begun its loads. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function use(board: Board, name: string, times: number): Promise<void> {
  for (let call = 0; call <= times; call++) await board.score(name);
}

describe('the background refresh', () => {
  it.each([
    ['79 %', 79, []],
    ['81 %', 81, ['c1', 'c2', 'hot']],
  ] as const)('refreshes hot and critical entries past 80 % of the TTL: at %s', async (_, minutes, expected) => {
    const { board, cache, clock } = await start({ refreshInterval: minutes * MINUTE });
    await use(board, 'hot', 3);
    await use(board, 'cold', 2);
    board.loaded.length = 0;
    clock.advance(minutes * MINUTE);
    await settled();
    expect(board.loaded).toEqual(expected);
    const { ttl } = (await cache.inspect(['board', 'hot'])) ?? {};
    expect(ttl).toBe((expected.length > 0 ? 100 : 100 - minutes) * MINUTE);
  });

  it('counts what the configuration names as critical, for as long as its entry is there', async () => {
    const { board, cache, clock } = await start({ refreshInterval: 81 * MINUTE, criticalKeys: ['board:na*', 'x'] });
    await use(board, 'named', 1);
    await use(board, 'cold', 1);
    board.loaded.length = 0;
    clock.advance(81 * MINUTE);
    await settled();
    expect(board.loaded.toSorted()).toEqual(['c1', 'c2', 'named']);
    await cache.invalidate(['board', 'named']);
    board.loaded.length = 0;
    clock.advance(81 * MINUTE);
    await settled();
    expect(board.loaded).not.toContain('named');
  });

  it('stops refreshing entries that are not critical any more', async () => {
    const { app, clock, events } = await start({ refreshInterval: '90m', warmInterval: '80m' });
    const favourites = app.get(Favourites);
    const rounds = () => events.filter((event) => event.type === 'warmed' && event.method === 'Favourites.one').length;
    await until(() => rounds() === 1);
    favourites.wanted = ['f2'];
    clock.advance(80 * MINUTE);
    await until(() => rounds() === 2);
    favourites.loaded.length = 0;
    clock.advance(10 * MINUTE);
    await settled();
    expect(favourites.loaded).toEqual(['f2']);
  });

  it('refreshes critical entries first, then the most used, at most three at a time', async () => {
    const { board, clock } = await start({ refreshInterval: 81 * MINUTE });
    for (const [name, times] of Object.entries({ used4: 4, used9: 9, used3: 3, used7: 7, used2: 2 })) {
      await use(board, name, times);
    }
    board.loaded.length = 0;
    board.gates = [];
    clock.advance(81 * MINUTE);
    const order = ['c1', 'c2', 'used9', 'used7', 'used4', 'used3'];
    for (let ended = 0; ended < order.length; ended++) {
      await settled();
      expect(board.loaded).toEqual(order.slice(0, ended + 3));
      board.gates[ended]?.resolve();
    }
    await settled();
    expect(board.loaded).toEqual(order);
  });

  it('counts the hits since the last round, not all hits', async () => {
    const { board, clock } = await start({ refreshInterval: 45 * MINUTE, warming: false });
    await use(board, 'once popular', 100);
    clock.advance(45 * MINUTE);
    await settled();
    clock.advance(45 * MINUTE);
    await settled();
    expect(board.loaded).toEqual(['once popular']);
  });

  it('does not refresh invalidated entries, nor those of a request-scoped instance', async () => {
    const { app, board, cache, clock } = await start({ refreshInterval: 81 * MINUTE, warming: false });
    await use(board, 'gone', 5);
    for (let call = 0; call < 9; call++) await (await app.resolve(PerRequest)).value();
    await cache.invalidate(['board']);
    board.loaded.length = 0;
    clock.advance(81 * MINUTE);
    await settled();
    expect(board.loaded).toEqual([]);
    expect(requests).toBe(1);
  });

  it('calls the method with the original parameters, and only if they are plain data', async () => {
    class Query {
      page = 2;
    }
    const { board, clock } = await start({ refreshInterval: 81 * MINUTE, warming: false });
    const query = { page: 1 };
    for (let call = 0; call < 5; call++) await board.list(query);
    for (let call = 0; call < 5; call++) await board.list(new Query());
    query.page = 7;
    board.loaded.length = 0;
    clock.advance(81 * MINUTE);
    await settled();
    expect(board.loaded).toEqual(['list 1']);
  });

  it('reports a load that fails, and serves the stored value', async () => {
    const { board, clock, events } = await start({ refreshInterval: 81 * MINUTE, warming: false });
    await use(board, 'hot', 5);
    board.failing = true;
    clock.advance(81 * MINUTE);
    await until(() => events.some(({ type }) => type === 'load-failed'));
    expect(await board.score('hot')).toEqual({ name: 'hot' });
  });

  it('does nothing if it is switched off, and stops with the application', async () => {
    const off = await start({ refreshInterval: MINUTE, backgroundRefresh: false, warming: false });
    await use(off.board, 'hot', 5);
    off.clock.advance(99 * MINUTE);
    await settled();
    expect(off.board.loaded).toEqual(['hot']);
    const { app, board, clock } = await start({ refreshInterval: 81 * MINUTE, warming: false });
    await use(board, 'hot', 5);
    await app.close();
    clock.advance(81 * MINUTE);
    await settled();
    expect(board.loaded).toEqual(['hot']);
  });
});

import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Deferred, defer } from '../../../../test/support/defer.js';
import { until } from '../../../../test/support/until.js';
import { Cache, Cacheable, type CacheEvent, LarderModule, type LarderOptions } from '../index.js';

const LAST_PAGE = 50;
const caller = new AsyncLocalStorage<string>();

@Injectable()
class Feed {
  readonly loaded: string[] = [];
  readonly callers: (string | undefined)[] = [];
  running = 0;
  most = 0;
  gate: Deferred<void> | undefined;

  @Cacheable({ key: (page: number) => ['front', page], prefetch: (page: number) => [page + 1] })
  async front(page: number) {
    return this.page('front', page);
  }

  @Cacheable({
    key: (list: string, page: number) => ['feed', list, page],
    when: (list: string) => list !== 'uncached',
    prefetch: (list: string, page: number) => {
      if (list === 'broken') throw new Error('no idea what comes next');
      return page < LAST_PAGE ? [list, page + 1] : undefined;
    },
  })
  async page(list: string, page: number) {
    this.loaded.push(`${list} ${page}`);
    this.callers.push(caller.getStore());
    this.most = Math.max(this.most, ++this.running);
    try {
      if (page > 1) await this.gate?.promise;
      if (list === 'failing' && page > 1) throw new Error('no such page');
      return { list, page };
    } finally {
      this.running--;
    }
  }
}

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function start(options: LarderOptions = {}) {
  const events: CacheEvent[] = [];
  const larder = LarderModule.forRoot({ onEvent: (event) => events.push(event), ...options });
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [larder], providers: [Feed] },
    { logger: false },
  );
  opened.push(app);
  return { feed: app.get(Feed), cache: app.get(Cache), events };
}

/** Waits until every prediction so far has been handled. */
async function predicted(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the prefetch option', () => {
  it('makes page 2 after page 1 a hit, and does not prefetch further from a prefetched call', async () => {
    const { feed, cache } = await start();
    await feed.page('all', 1);
    await until(() => cache.has(['feed', 'all', 2]));
    await predicted();
    expect(feed.loaded).toEqual(['all 1', 'all 2']);
    expect(await feed.page('all', 2)).toEqual({ list: 'all', page: 2 });
    expect(cache.stats().methods['Feed.page']).toMatchObject({ hits: 1, misses: 1, loads: 2 });
    // That was a hit of a caller, so page 3 is prefetched.
    await until(() => cache.has(['feed', 'all', 3]));
    expect(feed.loaded).toEqual(['all 1', 'all 2', 'all 3']);
  });

  it('does not prefetch from calls inside a prefetched call', async () => {
    const { feed } = await start();
    await feed.front(1);
    await until(() => feed.loaded.length === 2);
    await predicted();
    expect(feed.loaded).toEqual(['front 1', 'front 2']);
  });

  it('costs a crawl of 50 pages no more than 50 loads', async () => {
    const { feed } = await start();
    for (let page = 1; page <= LAST_PAGE; page++) await feed.page('all', page);
    await predicted();
    expect(new Set(feed.loaded).size).toBe(LAST_PAGE);
    expect(feed.loaded).toHaveLength(LAST_PAGE);
  });

  it('does not delay the caller, and loads a few at a time, each once', async () => {
    const { feed } = await start();
    feed.gate = defer();
    for (let list = 0; list < 10; list++) {
      for (let call = 0; call < 3; call++) await feed.page(`${list}`, 1);
    }
    await predicted();
    expect(feed.running).toBe(4);
    feed.gate.resolve();
    await until(() => feed.loaded.length === 20);
    await predicted();
    expect(new Set(feed.loaded).size).toBe(20);
    expect(feed.most).toBeLessThanOrEqual(5);
  });

  it('drops the oldest predictions when there are too many', async () => {
    const { feed } = await start();
    feed.gate = defer();
    for (let list = 0; list < 150; list++) await feed.page(`${list}`, 1);
    await predicted();
    feed.gate.resolve();
    await until(() => feed.loaded.includes('149 2'));
    expect(feed.loaded).toContain('3 2');
    expect(feed.loaded).not.toContain('4 2');
    expect(feed.loaded.filter((page) => page.endsWith(' 2'))).toHaveLength(104);
  });

  it('runs in the context of its own caller, even if another call starts it', async () => {
    const { feed } = await start();
    feed.gate = defer();
    const lists = ['a', 'b', 'c', 'd'];
    for (const list of lists) await caller.run('Ann', () => feed.page(list, 1));
    await caller.run('Bob', () => feed.page('e', 1));
    await predicted();
    feed.gate.resolve();
    await until(() => feed.loaded.length === 10);
    expect(feed.loaded.at(-1)).toBe('e 2');
    expect(feed.callers).toEqual(['Ann', 'Ann', 'Ann', 'Ann', 'Bob', 'Ann', 'Ann', 'Ann', 'Ann', 'Bob']);
  });

  it('reports failures without affecting callers', async () => {
    const { feed, events } = await start();
    expect(await feed.page('failing', 1)).toEqual({ list: 'failing', page: 1 });
    await feed.page('broken', 1);
    await until(() => events.length === 2);
    expect(events.map(({ type }) => type).sort()).toEqual(['load-failed', 'prefetch-failed']);
    await expect(feed.page('failing', 2)).rejects.toThrow('no such page');
  });

  it('has no effect if `when` returns false, or prefetching is switched off', async () => {
    const { feed } = await start();
    await feed.page('uncached', 1);
    await predicted();
    expect(feed.loaded).toEqual(['uncached 1']);
    const off = await start({ prefetch: false });
    await off.feed.page('all', 1);
    await predicted();
    expect(off.feed.loaded).toEqual(['all 1']);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cache, Cacheable, type CacheEvent, LarderModule, type LarderOptions, type PredictiveStats } from '../index.js';
import { FakeClock } from '../testing/index.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

@Injectable()
class Pages {
  loaded: string[] = [];
  isDown = false;

  @Cacheable({ key: (id: string) => ['pages', id], ttl: '10m' })
  async one(id: string) {
    this.loaded.push(id);
    if (this.isDown) throw new Error('the database is down');
    return { id };
  }

  @Cacheable({ key: () => ['pages', 'start'], ttl: '10m', critical: true })
  async start() {
    this.loaded.push('start');
    return 'start';
  }

  @Cacheable({ key: (userId: string) => ['own', userId], ttl: '10m', scope: 'user' })
  async own(userId: string) {
    this.loaded.push(`own ${userId}`);
    return userId;
  }
}

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

/** Without background refresh and the rounds of critical calls, which load too. */
async function start(options: LarderOptions = {}) {
  const clock = new FakeClock(Date.UTC(2026, 0, 5));
  const events: CacheEvent[] = [];
  const larder = LarderModule.forRoot({
    clock,
    onEvent: (event) => events.push(event),
    predictiveWarming: true,
    backgroundRefresh: false,
    warming: false,
    ...options,
  });
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [larder], providers: [Pages] },
    { logger: false },
  );
  opened.push(app);
  const cache = app.get(Cache);
  const pages = app.get(Pages);
  const stats = () => cache.stats().predictiveWarming as PredictiveStats;
  /** Moves the clock by minutes, and lets the work of each round end. */
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      clock.advance(MINUTE);
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    }
  };
  /** Calls each minute between 9:00 and 10:00 of the days. */
  const live = async (days: number, call: () => Promise<unknown>) => {
    for (let day = 0; day < days; day++) {
      await pass(9 * 60);
      for (let minute = 0; minute < 60; minute++) {
        await call();
        await pass(1);
      }
      await pass(14 * 60);
    }
  };
  return { app, cache, clock, events, live, pages, pass, stats };
}

describe('predictive warming', () => {
  it('is off by default', async () => {
    const { cache } = await start({ predictiveWarming: false });
    expect(cache.stats().predictiveWarming).toBeUndefined();
  });

  it('has values in memory before the hour at which callers asked for them, and not hours earlier', async () => {
    const { live, pages, pass, stats, cache } = await start();
    await live(2, () => Promise.all(['a', 'b', 'c', 'd'].map((id) => pages.one(id))));
    pages.loaded = [];
    await pass(8 * 60 + 30);
    expect(pages.loaded).toEqual([]);
    await pass(30);
    expect([...new Set(pages.loaded)].sort()).toEqual(['a', 'b', 'c', 'd']);
    const { misses } = cache.stats();
    await pages.one('a');
    expect(cache.stats().misses).toBe(misses);
    await pass(1);
    expect(stats()).toMatchObject({ keys: 4, failed: 0, pauses: 0 });
    expect(stats().used).toBeGreaterThan(0);
  });

  it('loads critical calls first, within its budget a minute', async () => {
    const { live, pages, pass } = await start({ predictiveWarming: 10 });
    const ids = Array.from({ length: 15 }, (_, id) => `${id}`);
    await live(2, async () => {
      for (const id of ids) await pages.one(id);
      await pages.start();
    });
    pages.loaded = [];
    let most = 0;
    for (let minute = 0; minute < 9 * 60; minute++) {
      const before = pages.loaded.length;
      await pass(1);
      most = Math.max(most, pages.loaded.length - before);
    }
    expect(pages.loaded[0]).toBe('start');
    // Loads run five at a time.
    expect(most).toBeGreaterThanOrEqual(10);
    expect(most).toBeLessThanOrEqual(14);
  });

  it('never learns calls whose values belong to one caller', async () => {
    const { live, pages, stats } = await start();
    await live(1, () => pages.own('7'));
    expect(stats().keys).toBe(0);
  });

  it('counts a load that fails, reports it, and lets its method rest for longer each time', async () => {
    const { events, live, pages, pass, stats } = await start();
    await live(2, () => Promise.all(['a', 'b', 'c', 'd'].map((id) => pages.one(id))));
    pages.isDown = true;
    pages.loaded = [];
    await pass(9 * 60 + 20);
    const { failed } = stats();
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBe(pages.loaded.length);
    // Rests of 1, 2, 4 and 8 minutes with up to four loads each.
    expect(failed).toBeLessThanOrEqual(24);
    expect(events.filter(({ type }) => type === 'load-failed')).toHaveLength(failed);
  });

  it('stops with the application', async () => {
    const { app, live, pages, clock } = await start();
    await live(2, () => pages.one('a'));
    await app.close();
    pages.loaded = [];
    clock.advance(DAY);
    await new Promise(setImmediate);
    expect(pages.loaded).toEqual([]);
  });
});

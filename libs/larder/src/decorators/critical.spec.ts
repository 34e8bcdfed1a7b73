import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { defer } from '../../../../test/support/defer.js';
import { until } from '../../../../test/support/until.js';
import { Cache, Cacheable, type CacheEvent, LarderDecoratorError, LarderModule, type LarderOptions } from '../index.js';
import { FakeClock } from '../testing/index.js';

@Injectable()
class Venues {
  readonly loaded: string[] = [];
  popular = ['a', 'b'];

  @Cacheable({ key: () => ['venues', 'all'], critical: true, ttl: '1h' })
  async all() {
    this.loaded.push('all');
    return ['a', 'b', 'c'];
  }

  @Cacheable({
    key: (id: string) => ['venues', id],
    critical: async (venues: Venues) => venues.popular.map((id) => [id]),
    ttl: '10m',
  })
  async one(id: string) {
    this.loaded.push(id);
    if (id === 'broken') throw new Error('no such venue');
    return { id };
  }

  @Cacheable({ key: (id: string, page: number) => ['tables', id, page], critical: [['a', 1]], ttl: '1h' })
  async tables(id: string, page: number) {
    this.loaded.push(`tables ${id} ${page}`);
    return { id, page };
  }

  @Cacheable({ key: (userId: string) => ['users', userId, 'venues'] })
  async ofUser(userId: string) {
    this.loaded.push(`of ${userId}`);
    return [userId];
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @Cacheable({ key: () => ['request'], critical: true })
  async value() {
    return 1;
  }
}

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function start(options: LarderOptions = {}, providers: Type<unknown>[] = [Venues]) {
  const clock = new FakeClock();
  const events: CacheEvent[] = [];
  const larder = LarderModule.forRoot({ clock, onEvent: (event) => events.push(event), ...options });
  const app = await NestFactory.createApplicationContext(
    { module: class {}, imports: [larder], providers },
    { logger: false },
  );
  opened.push(app);
  const warmed = () => events.filter(({ type }) => type === 'warmed').length;
  return { app, venues: app.get(Venues), cache: app.get(Cache), clock, events, warmed };
}

describe('critical calls', () => {
  it('are warmed at the start, and again on a schedule once they have expired', async () => {
    const { venues, cache, clock, warmed } = await start();
    await until(() => warmed() === 3);
    expect([...venues.loaded].sort()).toEqual(['a', 'all', 'b', 'tables a 1']);
    await venues.one('a');
    expect(cache.stats().methods['Venues.one']).toMatchObject({ hits: 1, misses: 0, loads: 2 });
    venues.popular = ['a', 'c'];
    clock.advance(30 * 60_000 - 1);
    expect(venues.loaded).toHaveLength(4);
    clock.advance(1);
    await until(() => warmed() === 6);
    expect(venues.loaded.slice(4)).toEqual(['a', 'c']);
  });

  it('that fail are counted, and stop neither the others nor the application', async () => {
    const failing = await start();
    await until(() => failing.warmed() === 3);
    failing.venues.popular = ['a', 'broken', 'b'];
    failing.clock.advance(30 * 60_000);
    await until(() => failing.warmed() === 6);
    const reports = failing.events.flatMap((event) => (event.type === 'warmed' ? [event] : []));
    expect(reports[4]).toMatchObject({
      method: 'Venues.one',
      report: { total: 3, failed: [{ arguments: ['broken'], error: { message: 'no such venue' } }] },
    });
    failing.venues.popular = undefined as never;
    failing.clock.advance(30 * 60_000);
    await until(() => failing.events.some(({ type }) => type === 'warming-failed'));
  });

  it('that fail because the application stops are not reported', async () => {
    const asked = defer<void>();
    const answer = defer<string[][]>();
    class Slow {
      @Cacheable({ key: (id: string) => ['slow', id], critical: (slow: Slow) => slow.list() })
      async one(id: string): Promise<string> {
        return id;
      }

      list(): Promise<string[][]> {
        asked.resolve();
        return answer.promise;
      }
    }
    const { app, events } = await start({}, [Venues, Slow]);
    await asked.promise;
    await app.close();
    answer.reject(new Error('the pool has ended'));
    await new Promise(setImmediate);
    expect(events.filter(({ type }) => type === 'warming-failed')).toEqual([]);
  });

  it('are not warmed if warming is switched off', async () => {
    const { venues, clock } = await start({ warming: false });
    clock.advance(3_600_000);
    expect(venues.loaded).toEqual([]);
  });
});

describe('warm with a method', () => {
  it('calls the method on the instance that Nest made, for any users', async () => {
    const { venues, cache } = await start({ warming: false });
    expect(await cache.warm(venues.ofUser, [['1']])).toMatchObject({ loaded: 1, failed: [] });
    const users = ['1', '2', '3', '4', '5', '6'];
    const report = await cache.warm(
      venues.ofUser,
      users.map((id) => [id] as const),
    );
    expect(report).toMatchObject({ total: 6, loaded: 5, fresh: 1 });
    expect(await venues.ofUser('6')).toEqual(['6']);
    expect(cache.stats().methods['Venues.ofUser']).toMatchObject({ hits: 1, misses: 0, loads: 6 });
  });

  it('rejects a method without @Cacheable, and one of an instance that Nest did not make once', async () => {
    const { app, cache } = await start({ warming: false }, [Venues, PerRequest]);
    await expect(cache.warm(async () => 1, [[]])).rejects.toBeInstanceOf(LarderDecoratorError);
    const made = await app.resolve(PerRequest);
    await expect(cache.warm(made.value, [[]])).rejects.toThrow('value is not a @Cacheable method');
  });
});

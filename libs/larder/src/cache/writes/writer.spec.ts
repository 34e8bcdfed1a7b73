import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { defer } from '../../../../../test/support/defer.js';
import { LarderValueError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import { pattern, tag } from '../../keys/target.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import type { CacheEvent } from '../state/events.js';
import { MemoryJournal } from '../versions/memory-journal.js';

let clock: FakeClock;
let events: CacheEvent[];
let cache: Cache;

beforeEach(async () => {
  clock = new FakeClock();
  events = [];
  cache = await createCache({ clock, onEvent: (event) => events.push(event) });
});

describe('invalidate', () => {
  const paths = [
    ['tournaments', 'list', { page: 1 }],
    ['tournaments', 'list', { page: 2 }],
    ['tournaments', '42'],
    ['tournaments', '42', 'scores'],
    ['tournaments', '421'],
    ['items', '42'],
  ] as const;

  beforeEach(async () => {
    for (const key of paths)
      await cache.set(key, 'value', { tags: key[0] === 'items' ? ['venue:7'] : [tag('venue:8')] });
  });

  async function left(): Promise<string[]> {
    const found = await Promise.all(
      paths.map(async (key) =>
        (await cache.has(key))
          ? key
              .slice(0, 3)
              .map((p) => JSON.stringify(p))
              .join()
          : '',
      ),
    );
    return found.filter((name) => name !== '').map((name) => name.replaceAll('"', ''));
  }

  it.each([
    ['a key and the keys below it', [['tournaments', '42'] as const], 4],
    ['a prefix', [['tournaments'] as const], 1],
    ['a part of a list', [['tournaments', 'list'] as const], 4],
    ['a tag', [tag('venue:7')], 5],
    ['everything', [pattern('*')], 0],
    ['a pattern that is a prefix', [pattern('tournaments:*')], 1],
    ['a pattern that is not a prefix, with the keys below its matches', [pattern('*:42')], 3],
    ['a pattern in the middle', [pattern('tournaments:*:scores')], 5],
    ['several targets', [['items'] as const, tag('venue:8')], 0],
    ['a key that is not stored', [['tournaments', '4'] as const], 6],
    ['nothing', [], 6],
  ])('invalidates %s and nothing else', async (_, targets, remaining) => {
    expect(await cache.invalidate(...targets)).toEqual({ delivered: true });
    expect(await left()).toHaveLength(remaining);
  });

  it('reports when it had to scan for a pattern', async () => {
    await cache.invalidate(pattern('*:42'), pattern('items:*'));
    expect(events).toEqual([{ type: 'pattern-scanned', glob: '*:42', matched: 2 }]);
  });

  it('invalidates running loads by a pattern too', async () => {
    const loaded = defer<string>();
    const answer = cache.getOrLoad(['tournaments', '7', 'scores'], () => loaded.promise);
    await cache.invalidate(pattern('tournaments:*:scores'));
    loaded.resolve('old');
    await answer;
    expect(await cache.has(['tournaments', '7', 'scores'])).toBe(false);
  });

  it('rejects an invalid target before it invalidates anything', async () => {
    await expect(cache.invalidate(['items'], 'tournaments' as never)).rejects.toThrow('not a key, a tag or a pattern');
    expect(await left()).toHaveLength(6);
  });
});

describe('set, setMany, get, has', () => {
  it('store every value, null and undefined too', async () => {
    await cache.setMany([
      [['a'], null],
      [['b'], undefined],
      [['c'], { n: 1 }],
    ]);
    expect(await Promise.all([cache.has(['a']), cache.has(['b']), cache.has(['d'])])).toEqual([true, true, false]);
    expect(await cache.get(['a'])).toBeNull();
    expect(await cache.get(['c'])).toEqual({ n: 1 });
  });

  it('win over a load that began before', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k'], () => old.promise);
    await cache.set(['k'], 'set');
    old.resolve('old');
    await slow;
    expect(await cache.get(['k'])).toBe('set');
  });

  it('reject a value that cannot be stored, and store none of the others', async () => {
    const answer = cache.setMany<unknown>([
      [['a'], 1],
      [['b'], { f() {} }],
    ]);
    await expect(answer).rejects.toThrow('The value of b cannot be cached: value.f is a function.');
    await expect(answer).rejects.toBeInstanceOf(LarderValueError);
    expect(await cache.has(['a'])).toBe(false);
  });
});

describe('writeThrough', () => {
  it('stores the result and invalidates the targets', async () => {
    await cache.set(['t', 'list'], ['old']);
    await cache.writeThrough(['t', '1'], async () => ({ venue: 7 }), {
      targets: ({ venue }) => [tag(`v:${venue}`), ['t', 'list']],
    });
    expect(await cache.get(['t', '1'])).toEqual({ venue: 7 });
    expect(await cache.has(['t', 'list'])).toBe(false);
  });

  it('stores nothing when two writers of one key overlap, whichever ends last', async () => {
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const writes = { a: defer<string>(), b: defer<string>() };
      const ends = {
        a: cache.writeThrough(['k'], () => writes.a.promise),
        b: cache.writeThrough(['k'], () => writes.b.promise),
      };
      for (const name of order) {
        writes[name].resolve(name);
        expect(await ends[name]).toBe(name);
        expect(await cache.has(['k'])).toBe(false);
      }
      await cache.writeThrough(['k'], () => 'alone');
      expect(await cache.get(['k'])).toBe('alone');
    }
  });

  it('stores nothing when the key was invalidated during the write', async () => {
    const write = defer<string>();
    const end = cache.writeThrough(['k', '1'], () => write.promise);
    await nextTurn();
    await cache.invalidate(['k']);
    write.resolve('written');
    await end;
    expect(await cache.has(['k', '1'])).toBe(false);
  });

  it('invalidates its key when the write fails: it may have been committed', async () => {
    await cache.set(['k'], 'before');
    const failure = new Error('connection lost');
    await expect(cache.writeThrough(['k'], () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await cache.has(['k'])).toBe(false);
    await cache.writeThrough(['k'], () => 'after');
    expect(await cache.get(['k'])).toBe('after');
  });

  it('does not let a read that began before it store the old value', async () => {
    const old = defer<string>();
    const slow = cache.getOrLoad(['k'], () => old.promise);
    await cache.writeThrough(['k'], () => 'new');
    old.resolve('old');
    await slow;
    expect(await cache.get(['k'])).toBe('new');
  });
});

it('counts the age of a written value from when the end of the write was sent, not from the reply', async () => {
  /** Sends at once and replies late, as to a process that was paused in between. */
  class LateJournal extends MemoryJournal {
    override async bump(slots: readonly number[]) {
      const bump = await super.bump(slots);
      clock.advance(700);
      return bump;
    }
    override async conclude(...args: Parameters<MemoryJournal['conclude']>) {
      const conclusion = await super.conclude(...args);
      clock.advance(700);
      return conclusion;
    }
  }
  const late = await createCache({ clock, journal: (table) => new LateJournal(table, clock) });
  await late.writeThrough(['written'], () => 1);
  expect((await late.inspect(['written']))?.age).toBe(700);
  await late.set(['set'], 1);
  expect((await late.inspect(['set']))?.age).toBe(700);
});

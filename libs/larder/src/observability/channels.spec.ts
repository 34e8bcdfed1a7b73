import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { defineCounter } from '../background/counters/define-counter.js';
import { defineDeadline } from '../background/deadlines/define-deadline.js';
import type { Cache } from '../cache/cache.js';
import type { CacheEvent } from '../cache/state/events.js';
import type { LarderOptions } from '../config/options.js';
import { createCache } from '../create-cache.js';
import { tag } from '../keys/target.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryTier } from '../testing/memory-tier.js';
import { CHANNELS, type ChannelMessages, type ChannelName, listen } from './channels.js';
import { announcing } from './event-signals.js';

const stops: (() => void)[] = [];
const caches: Cache[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const stop of stops.splice(0)) stop();
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
});

function heard<Name extends ChannelName>(name: Name): ChannelMessages[Name][] {
  const messages: ChannelMessages[Name][] = [];
  stops.push(listen(name, (message) => messages.push(message)));
  return messages;
}

async function newCache(options: LarderOptions = {}): Promise<{ cache: Cache; clock: FakeClock }> {
  const clock = new FakeClock();
  const cache = await createCache({ clock, jitter: 0, ...options });
  caches.push(cache);
  return { cache, clock };
}

describe('nest-larder:load', () => {
  it('has the duration of a load, and the error of one that failed', async () => {
    const loads = heard('nest-larder:load');
    const { cache, clock } = await newCache();
    await cache.getOrLoad(['a', 1], async () => clock.advance(20));
    const error = new Error('no database');
    await expect(cache.getOrLoad(['a', 2], () => Promise.reject(error))).rejects.toBe(error);
    await cache.getMany(
      [
        ['a', 3],
        ['a', 4],
      ],
      async () => [1, 2],
    );
    await expect(cache.getMany([['a', 5]], () => Promise.reject(error))).rejects.toBe(error);
    const method = undefined;
    expect(loads).toEqual([
      { method, id: 'a:1', values: 1, duration: 20, result: 'loaded' },
      { method, id: 'a:2', values: 1, duration: 0, result: 'failed', error },
      { method, id: 'a:3', values: 2, duration: 0, result: 'loaded' },
      { method, id: 'a:5', values: 1, duration: 0, result: 'failed', error },
    ]);
  });
});

describe('nest-larder:store', () => {
  it('tells whether a loaded value was stored', async () => {
    const stores = heard('nest-larder:store');
    const { cache } = await newCache();
    await cache.getOrLoad(['a', 1], async () => 'one', { tags: ['t'] });
    await cache.getOrLoad(['a', 2], async () => cache.invalidate(['a']));
    await cache.getOrLoad(['a', 3], async () => () => {});
    expect(stores).toMatchObject([
      { id: 'a:1', result: 'stored', bytes: expect.any(Number), tags: ['t'] },
      { id: 'a:2', result: 'invalidated' },
      { id: 'a:3', result: 'uncacheable' },
    ]);
  });
});

describe('nest-larder:hit', () => {
  it.each<[string, (cache: Cache) => Promise<unknown>, minutes?: number]>([
    ['a short hit', (cache) => cache.getOrLoad(['a'], async () => 2), 1],
    ['a call of get', (cache) => cache.get(['a'])],
    ['a call of getFromMemory', async (cache) => cache.getFromMemory(['a'])],
    ['a hit that begins a refresh', (cache) => cache.getOrLoad(['a'], async () => 2, { ttl: '1h', refreshAhead: 0.1 })],
    ['a key of a batch', (cache) => cache.getMany([['a']], async () => [])],
  ])('has the age of one of 64 hits: %s', async (_, read, minutes = 10) => {
    const hits = heard('nest-larder:hit');
    const { cache, clock } = await newCache();
    await cache.getOrLoad(['a'], async () => 1, { ttl: '1h', refreshAhead: 0.1 });
    clock.advance(1000);
    for (let hit = 1; hit < 64; hit++) await cache.get(['a']);
    expect(hits).toEqual([]);
    clock.advance(minutes * 60_000);
    await read(cache);
    expect(hits).toEqual([{ method: undefined, id: 'a', age: 1000 + minutes * 60_000 }]);
  });
});

describe('nest-larder:invalidate', () => {
  it('has the kind, the targets and whether other nodes can see it', async () => {
    const { cache } = await newCache();
    const told = heard('nest-larder:invalidate');
    await cache.invalidate(['a'], tag('t'));
    await cache.set(['b', 1], 1);
    await cache.writeThrough(['c'], () => 1, { targets: [['d']] });
    await expect(cache.writeThrough(['c'], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await cache.deferInvalidations(async () => {
      await cache.invalidate(['held']);
      expect(told).toHaveLength(4);
    });
    await cache.clear((await cache.requestClear()).token);
    const [method, delivered] = [undefined, true];
    expect(told).toEqual([
      { kind: 'call', method, targets: ['a', 'tag t'], slots: 2, delivered },
      { kind: 'set', method, targets: ['b:1'], slots: 1, delivered },
      { kind: 'write-through', method, targets: ['c'], slots: 2, delivered },
      { kind: 'write-through', method, targets: ['c'], slots: 1, delivered },
      { kind: 'deferred', method, targets: [], slots: 1, delivered },
      { kind: 'clear', method, targets: ['*'], slots: 1, delivered },
    ]);
  });

  it('names ten targets at most, and has a message for each step of a large invalidation', async () => {
    const { cache } = await newCache();
    const told = heard('nest-larder:invalidate');
    await cache.invalidate(...Array.from({ length: 5001 }, (_, id) => ['many', id] as const));
    expect(told.map(({ targets }) => targets.length)).toEqual([10, 10]);
    expect(told.reduce((sum, { slots }) => sum + slots, 0)).toBeGreaterThan(4000);
  });
});

describe('nest-larder:refuse', () => {
  it('has the age of a value that was found and not served, in each tier', async () => {
    const refused = heard('nest-larder:refuse');
    const { cache, clock } = await newCache({ tier: new MemoryTier(new FakeClock()) });
    await cache.getOrLoad(['a'], async () => 1);
    await cache.getOrLoad(['b'], async () => 1, { tiers: ['redis'] });
    clock.advance(5000);
    await cache.invalidate(['a'], ['b']);
    await cache.get(['a']);
    await cache.get(['b']);
    expect(refused).toEqual([
      { method: undefined, id: 'a', tier: 'memory', age: 5000 },
      { method: undefined, id: 'a', tier: 'redis', age: 5000 },
      { method: undefined, id: 'b', tier: 'redis', age: 5000 },
    ]);
  });
});

describe('nest-larder:evict', () => {
  it('has the reason why a value left the memory', async () => {
    const evicted = heard('nest-larder:evict');
    const { cache, clock } = await newCache({ maxEntries: 2, maxBytes: 4000 });
    await cache.set(['one'], 1, { ttl: '1s' });
    await cache.set(['two'], 2, { ttl: '1h' });
    await cache.set(['large'], 'x'.repeat(5000));
    await cache.get(['two']);
    await cache.set(['three'], 3, { ttl: '1s' });
    await cache.invalidate(['two']);
    clock.advance(60_000);
    expect(evicted.map(({ id, reason }) => [id, reason])).toEqual([
      ['large', 'too-large'],
      ['one', 'full'],
      ['two', 'invalidated'],
      ['three', 'expired'],
    ]);
    expect(evicted[2]).toEqual({
      method: undefined,
      id: 'two',
      reason: 'invalidated',
      bytes: expect.any(Number),
      hits: 1,
    });
  });
});

describe('nest-larder:counter and nest-larder:deadline', () => {
  it('tell of work that was done, and of work that failed', async () => {
    const [counters, deadlines] = [heard('nest-larder:counter'), heard('nest-larder:deadline')];
    const clock = new FakeClock();
    let error: Error | undefined = new Error('no database');
    const work = async () => {
      clock.advance(7);
      if (error !== undefined) throw error;
    };
    const views = defineCounter({ name: 'views', flushEvery: '1h', write: work, onError: () => {} });
    const offers = defineDeadline({ name: 'offers', every: '1h', expire: work, onError: () => {} });
    const host = { clock, redis: undefined, prefix: 'larder', claimTtl: undefined };
    await views.join(host);
    await offers.join(host);
    await views.add('a', 2);
    await views.add('b', 3);
    await offers.track('1', clock.now());
    await views.flush().catch(() => {});
    await offers.expireDue().catch(() => {});
    const failed = { type: 'failed', error };
    error = undefined;
    await views.flush();
    await offers.expireDue();
    expect(counters).toEqual([
      { ...failed, name: 'views' },
      { type: 'written', name: 'views', keys: 2, total: 5, duration: 7 },
    ]);
    expect(deadlines).toEqual([
      { ...failed, name: 'offers' },
      { type: 'expired', name: 'offers', ids: 1, duration: 7 },
    ]);
    await Promise.all([views.close(), offers.close()]);
  });
});

describe('events of a cache', () => {
  it('go to the channel of their part, beside the listener', () => {
    const [journal, feed, audit] = [
      heard('nest-larder:journal'),
      heard('nest-larder:feed'),
      heard('nest-larder:audit'),
    ];
    const listened: CacheEvent[] = [];
    const report = announcing((event) => listened.push(event), 'A listener');
    const events = (
      [
        'journal-lost',
        'cleared',
        'feed-followed',
        'stale-read',
        'invalidation-pending',
        'feed-gaps',
        'audit-unstable',
        'journal-followed',
      ] as const
    ).map((type) => ({ type }) as CacheEvent);
    for (const event of events) report(event);
    expect(listened).toEqual(events);
    expect(journal.map(({ type }) => type)).toEqual(['journal-lost', 'invalidation-pending', 'journal-followed']);
    expect(feed.map(({ type }) => type)).toEqual(['feed-followed', 'feed-gaps']);
    expect(audit.map(({ type }) => type)).toEqual(['stale-read', 'audit-unstable']);
  });
});

describe('listen', () => {
  it('turns an error of the listener into a warning, and the cache goes on', async () => {
    const warnings: string[] = [];
    jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
    const stop = listen('nest-larder:load', () => {
      throw new Error('what a pity');
    });
    const { cache } = await newCache();
    expect(await cache.getOrLoad(['a'], async () => 1)).toBe(1);
    stop();
    await cache.getOrLoad(['b'], async () => 1);
    expect(warnings).toEqual(['A listener of nest-larder:load failed: Error: what a pity']);
  });

  it('refuses an unknown channel, and what is no function', () => {
    expect(() => listen('nest-larder:loads' as ChannelName, () => {})).toThrow(
      expect.objectContaining({ problems: ['unknown channel "nest-larder:loads"; did you mean nest-larder:load?'] }),
    );
    expect(() => listen('nest-larder:load', 'print' as never)).toThrow(
      expect.objectContaining({ code: 'LARDER_OPTIONS' }),
    );
  });

  it('knows fifteen channels', () => {
    expect(CHANNELS).toEqual(
      [
        'load',
        'store',
        'hit',
        'invalidate',
        'refuse',
        'evict',
        'lease',
        'redis',
        'journal',
        'feed',
        'job',
        'counter',
        'deadline',
        'socket',
        'audit',
      ].map((name) => `nest-larder:${name}`),
    );
  });
});

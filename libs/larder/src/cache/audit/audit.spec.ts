import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import type { LarderOptions } from '../../config/options.js';
import { createCache } from '../../create-cache.js';
import { pattern, tag } from '../../keys/target.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryTier } from '../../testing/memory-tier.js';
import type { Cache } from '../cache.js';
import type { AuditOfMethod } from '../policy/audit-rule.js';
import type { CacheOptions } from '../policy/policy.js';
import type { CacheEvent } from '../state/events.js';
import type { StaleRead } from '../state/stale-read.js';
import { MemoryJournal } from '../versions/memory-journal.js';

const KEY = ['items', 'seven'] as const;

async function open(options: LarderOptions = {}) {
  const clock = new FakeClock();
  const events: CacheEvent[] = [];
  const onEvent = (event: CacheEvent) => void events.push(event);
  const cache = await createCache({ clock, onEvent, audit: 1, auditLoads: 1000, ...options });
  const findings = () => events.flatMap((event): StaleRead[] => (event.type === 'stale-read' ? [event.finding] : []));
  /** Advances the time past all comparisons. */
  const looks = async (seconds = 12) => {
    for (let second = 0; second < seconds; second++) {
      await turns();
      clock.advance(1000);
    }
    await turns();
  };
  return { cache, clock, events, findings, looks };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await nextTurn();
}

/** A row in a database, and a cached read of it. */
function source<T>(cache: Cache, value: T, options: CacheOptions = { ttl: '1h' }) {
  const row = { value, loads: 0 };
  const load = async () => {
    row.loads++;
    return row.value;
  };
  return { row, read: () => cache.getOrLoad(KEY, load, options) };
}

describe('the audit', () => {
  it('finds a change that nothing has invalidated, after it was different for ten seconds', async () => {
    const { cache, clock, findings, looks } = await open();
    const { row, read } = source(cache, { name: 'old', tags: ['a'] });
    await read();
    clock.advance(500);
    row.value = { name: 'new', tags: ['a', 'b'] };
    await read();
    await looks(9);
    expect(findings()).toEqual([]);
    await looks(3);
    expect(findings()).toMatchObject([
      {
        method: undefined,
        key: 'items:seven',
        differing: 3,
        age: 500,
        differences: [
          { path: 'name', served: "'old'", fresh: "'new'" },
          { path: 'tags.length', served: '1', fresh: '2' },
          { path: 'tags[1]', served: 'undefined', fresh: "'b'" },
        ],
      },
    ]);
    expect(cache.stats().audit).toMatchObject({ reads: 1, stale: 1, worstAge: 500, causes: { unknown: 1 } });
  });

  it('does not delay the answer, and counts hits as without it', async () => {
    const { cache, looks } = await open();
    const { row, read } = source(cache, 1);
    await read();
    for (let call = 0; call < 5; call++) expect(await read()).toBe(1);
    await looks();
    expect(cache.stats()).toMatchObject({ hits: 5, misses: 1, loads: 1 });
    expect(cache.stats().audit).toMatchObject({ reads: 5, stale: 0, skipped: 0 });
    expect(row.loads).toBeGreaterThan(1);
    expect(await cache.get(KEY)).toBe(1);
  });

  it.each([
    ['the key', KEY],
    ['a prefix', ['items'] as const],
    ['everything', pattern('*')],
    ['a tag', tag('label')],
  ])('counts a read as consistent if %s is invalidated while it looks again', async (_, target) => {
    const { cache, findings, looks } = await open();
    const { row, read } = source(cache, 'old', { ttl: '1h', tags: ['label'] });
    await read();
    row.value = 'new';
    await read();
    await looks(7);
    await cache.invalidate(target);
    await looks();
    expect(findings()).toEqual([]);
    expect(cache.stats().audit).toMatchObject({ reads: 1, stale: 0, concurrent: 1 });
  });

  it('reports nothing if the difference goes by itself', async () => {
    const { cache, findings, looks } = await open();
    const { row, read } = source(cache, 'value');
    await read();
    row.value = 'of a replica';
    await read();
    await looks(7);
    row.value = 'value';
    await looks();
    expect(findings()).toEqual([]);
    expect(cache.stats().audit).toMatchObject({ reads: 1, stale: 0 });
  });

  it('finds that a load now says that there is nothing, but not that its source is away', async () => {
    const { cache, findings, looks } = await open();
    let error: Error | undefined;
    const read = (name: string) =>
      cache.getOrLoad(['items', name], () => (error === undefined ? Promise.resolve('value') : Promise.reject(error)), {
        ttl: '1h',
      });
    await read('one');
    error = new Error('connection refused');
    await read('one');
    await looks();
    expect(cache.stats().audit).toMatchObject({ reads: 0, undecided: 1 });
    error = new NotFoundException('gone');
    await read('one');
    await looks();
    expect(findings()).toMatchObject([{ differences: [{ path: 'the value', fresh: 'NotFoundException: gone' }] }]);
  });

  it('names parts that are different in every load once, and still finds the others', async () => {
    const { cache, events, findings, looks } = await open();
    let count = 0;
    let name = 'old';
    const read = () => cache.getOrLoad(KEY, async () => ({ name, rows: [{ at: ++count }] }), { ttl: '1h' });
    await read();
    await read();
    await looks();
    await read();
    await looks();
    expect(events.filter(({ type }) => type === 'audit-unstable')).toEqual([
      { type: 'audit-unstable', method: 'items', paths: ['rows[].at'] },
    ]);
    expect(findings()).toEqual([]);
    expect(cache.stats().audit).toMatchObject({ reads: 1, stale: 0, undecided: 1 });
    name = 'new';
    await read();
    await looks();
    expect(findings()).toMatchObject([{ differing: 1, differences: [{ path: 'name' }] }]);
  });

  it('stops auditing a value that is different as a whole in every load', async () => {
    const { cache, events, looks } = await open();
    let count = 0;
    const read = () => cache.getOrLoad(KEY, async () => ++count, { ttl: '1h' });
    await read();
    for (let call = 0; call < 3; call++) {
      await read();
      await looks();
    }
    expect(events).toEqual([{ type: 'audit-unstable', method: 'items', paths: [] }]);
  });

  it.each<[string, CacheOptions['audit'], number]>([
    ['audit: false', false, 0],
    ['an ignored path', { ignore: ['rows[].at'] }, 0],
    ['any member', { ignore: ['rows[].*'] }, 0],
    ['a path above', { ignore: ['rows'] }, 0],
    ['another path', { ignore: ['rows[].on'] }, 1],
    ['audit: true', true, 1],
  ])('obeys %s', async (_, audit, found) => {
    const { cache, findings, looks } = await open();
    const { row, read } = source(cache, { rows: [{ at: 1 }] }, { ttl: '1h', audit });
    await read();
    row.value = { rows: [{ at: 2 }] };
    await read();
    await looks();
    expect(findings()).toHaveLength(found);
    if (audit === false) expect(row.loads).toBe(1);
  });

  it.each<[string, LarderOptions, CacheOptions['audit']]>([
    ['of the cache', { auditValues: false }, true],
    ['of the method', {}, { redact: true }],
    ['of a path', {}, { redact: ['owner'] }],
  ])('shows no value if the option %s says so', async (_, options, audit) => {
    const { cache, findings, looks } = await open(options);
    const { row, read } = source(cache, { owner: { name: 'Ann' } }, { ttl: '1h', audit });
    await read();
    row.value = { owner: { name: 'Bea' } };
    await read();
    await looks();
    expect(findings()).toMatchObject([{ differences: [{ path: 'owner.name', served: undefined, fresh: undefined }] }]);
    expect(JSON.stringify(findings())).not.toMatch(/Ann|Bea/);
  });

  it('compares the part of the hits that it was given, whatever their order', async () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const { cache, looks } = await open({ audit: 0.1, auditLoads: 100_000, random });
    const { read } = source(cache, 'value');
    await read();
    for (let call = 0; call < 2000; call++) await read();
    await looks(1);
    const { reads = 0, skipped = 0 } = cache.stats().audit ?? {};
    expect(reads + skipped).toBeGreaterThan(140);
    expect(reads + skipped).toBeLessThan(270);
  });

  it('keeps to its budget of loads, and counts what it skips', async () => {
    const { cache, clock } = await open({ auditLoads: 3 });
    const read = (id: number) => cache.getOrLoad(['items', id], async () => id, { ttl: '1h' });
    for (let id = 0; id < 10; id++) await read(id);
    const readAll = async () => {
      for (let id = 0; id < 10; id++) {
        await read(id);
        await turns();
      }
    };
    await readAll();
    expect(cache.stats().audit).toMatchObject({ reads: 3, skipped: 7 });
    clock.advance(1000);
    await readAll();
    expect(cache.stats().audit).toMatchObject({ reads: 6, skipped: 14 });
  });

  it('reports findings of one kind once in ten minutes, and counts all', async () => {
    const { cache, clock, findings, looks } = await open();
    const rows = new Map<number, string>();
    const read = (id: number) => cache.getOrLoad(['items', id], async () => ({ name: rows.get(id) }), { ttl: '1h' });
    const makeStale = async (id: number) => {
      rows.set(id, 'old');
      await read(id);
      rows.set(id, 'new');
      await read(id);
      await looks();
    };
    await makeStale(1);
    await makeStale(2);
    await read(1);
    await looks();
    expect(findings()).toHaveLength(1);
    expect(cache.stats().audit).toMatchObject({ reads: 3, stale: 3 });
    clock.advance(600_000);
    await makeStale(3);
    expect(findings()).toHaveLength(2);
  });

  it('gives a load fresh values for the cached reads inside it', async () => {
    const { cache, findings, looks } = await open();
    let name = 'old';
    const venue = () => cache.getOrLoad(['venues', 1], async () => ({ name }), { ttl: '1h' });
    const match = () => cache.getOrLoad(['matches', 1], async () => ({ venue: await venue() }), { ttl: '1h' });
    await match();
    name = 'new';
    await match();
    await looks();
    expect(findings()).toMatchObject([{ key: 'matches:1', differences: [{ path: 'venue.name' }] }]);
    expect(await venue()).toEqual({ name: 'old' });
  });

  it('does not run a load with effects for a value that contains it', async () => {
    const { cache, looks } = await open();
    let effects = 0;
    const charge = () => cache.getOrLoad(['charges', 1], async () => ++effects, { ttl: '1h', audit: false });
    const bill = () => cache.getOrLoad(['bills', 1], async () => ({ charged: await charge() }), { ttl: '1h' });
    await bill();
    await bill();
    await looks();
    expect(cache.stats().audit).toMatchObject({ reads: 1, stale: 0 });
    expect(effects).toBe(1);
  });

  it('audits values of a batch, from memory and from the shared tier', async () => {
    const tier = new MemoryTier();
    const { cache, findings, looks } = await open({ tier });
    const rows = new Map([
      ['1', 'a'],
      ['2', 'b'],
    ]);
    const read = (options: CacheOptions) =>
      cache.getMany(
        [...rows.keys()].map((id) => ['rows', id] as const),
        async (missing) => missing.map(([, id]) => ({ name: rows.get(String(id)) })),
        { ttl: '1h', ...options },
      );
    for (const tiers of [['memory'], ['redis']] as const) {
      rows.set('2', 'b');
      await cache.invalidate(['rows']);
      await read({ tiers });
      rows.set('2', 'c');
      await read({ tiers });
      await looks();
    }
    expect(cache.stats().audit).toMatchObject({ reads: 4, stale: 2 });
    expect(findings()).toMatchObject([{ key: 'rows:2', differences: [{ path: 'name', fresh: "'c'" }] }]);
  });

  it('audits a hit in the shared tier', async () => {
    const { cache, findings, looks } = await open({ tier: new MemoryTier() });
    const { row, read } = source(cache, { name: 'old' }, { ttl: '1h', tiers: ['redis'] });
    await read();
    row.value = { name: 'new' };
    await read();
    await looks();
    expect(findings()).toHaveLength(1);
  });

  it('does not audit a value past its TTL', async () => {
    const { cache, clock, looks } = await open({ backgroundRefresh: false });
    const { row, read } = source(cache, 'old', { ttl: 100, staleWhileRevalidate: '1m', tiers: ['memory'] });
    await read();
    row.value = 'new';
    clock.advance(200);
    await read();
    await looks();
    expect(cache.stats().audit).toMatchObject({ reads: 0, undecided: 0 });
  });

  it('waits for the write intents of dead processes where nodes share a journal', async () => {
    const { cache, findings, looks } = await open({
      journal: (table) => new MemoryJournal(table, new FakeClock()),
      writeIntentTtl: '30s',
    });
    const { row, read } = source(cache, 'old');
    await read();
    row.value = 'new';
    await read();
    await looks(34);
    expect(findings()).toEqual([]);
    await looks(4);
    expect(findings()).toHaveLength(1);
  });

  it('ends its comparisons when the cache closes', async () => {
    const { cache, findings } = await open();
    const { row, read } = source(cache, 'old');
    await read();
    row.value = 'new';
    await read();
    await turns();
    await cache.close();
    await turns();
    expect(cache.stats().audit).toMatchObject({ undecided: 1 });
    expect(findings()).toEqual([]);
  });
});

describe('what a finding says', () => {
  it('names the write that most likely changed the value, and what it invalidates', async () => {
    const { cache, clock, findings, looks } = await open();
    const venue = { id: 9, name: 'Old hall' };
    const read = () => cache.getOrLoad(['matches', 3], async () => ({ venue: { ...venue } }), { ttl: '1h' });
    await cache.invalidate(['matches', 3]);
    clock.advance(1);
    await read();
    await cache.invalidate(['players', 8]);
    venue.name = 'New hall';
    clock.advance(2000);
    await cache.writeThrough(['venues', 9], async () => venue, { targets: [tag('city:Oslo')] });
    await read();
    await looks();
    const [finding] = findings();
    expect(finding?.changedBy).toEqual([
      { kind: 'write', name: 'a call of the cache', targets: ['venues:9', 'tag city:Oslo'], after: 2000 },
    ]);
    expect(finding?.message.split('\n')).toEqual([
      'A call of the cache served a stale value of matches:3, 2.0 s after its load; nothing has invalidated it.',
      "  venue.name: served 'Old hall', a fresh load returns 'New hall'",
      'a call of the cache invalidated venues:9, tag city:Oslo 2.0 s after the load; the answer also contains `venue.name`.',
      'To mend it, add the key to the targets of what changed it: matches:3, or a prefix or tag of it.',
      "If the difference is meant, declare it: audit: { ignore: ['venue.name'] }.",
    ]);
  });

  it('waits for a change feed that is late, whose invalidation is no forgotten one', async () => {
    const { cache, clock, findings, looks } = await open();
    const { row, read } = source(cache, 1);
    await read();
    let readAt = clock.elapsed();
    cache.followFeed(() => clock.elapsed() - readAt);
    row.value = 2;
    await read();
    await looks(20);
    expect(findings()).toEqual([]);
    await cache.invalidate(KEY);
    readAt = clock.elapsed();
    await looks(2);
    expect(findings()).toEqual([]);
    expect(cache.stats().audit).toMatchObject({ reads: 1, concurrent: 1, stale: 0 });
  });

  it('calls a value stale that a change feed does not explain, or a feed that never reads again', async () => {
    for (const reads of [true, false]) {
      const { cache, clock, findings, looks } = await open();
      const { row, read } = source(cache, 1);
      await read();
      const began = clock.elapsed();
      cache.followFeed(() => (reads ? 0 : clock.elapsed() - began));
      row.value = 2;
      await read();
      await looks(reads ? 12 : 70);
      expect(findings()).toHaveLength(1);
    }
  });

  it('says that only the order of a list differs, and takes `unordered` for lists without one', async () => {
    const { cache, findings, looks } = await open();
    const rows = [{ id: 1 }, { id: 2 }];
    const read = (key: string, audit?: AuditOfMethod) =>
      cache.getOrLoad([key], async () => structuredClone(rows), { ttl: '1h', ...(audit && { audit }) });
    await read('ordered');
    await read('unordered', { unordered: true });
    rows.reverse();
    await read('ordered');
    await read('unordered', { unordered: true });
    await looks();
    expect(findings().map(({ message }) => message.split('\n').slice(0, 2))).toEqual([
      [
        expect.stringContaining('served a stale value of ordered'),
        '  the value has the same elements in another order',
      ],
    ]);
    expect(findings()[0]?.message).toContain('add an ORDER BY, or declare it: audit: { unordered: true }.');
  });

  it('prefers a changed row of a watched table that has the new value', async () => {
    const { cache, clock, findings, looks } = await open();
    const { row, read } = source(cache, { venue: { name: 'Old hall' } });
    await read();
    clock.advance(10);
    row.value = { venue: { name: 'New hall' } };
    cache.rowChanged?.('public.venues', {
      before: { id: 9, name: 'Old hall' },
      after: { id: 9, name: 'New hall' },
    });
    await cache.invalidate(['venues', 9]);
    await read();
    await looks();
    expect(findings()[0]?.changedBy[0]).toEqual({ kind: 'row', name: 'public.venues', targets: [], after: 10 });
    expect(findings()[0]?.message).toContain('A row of public.venues changed 10 ms after the load, and no rule of');
  });

  it('names no change from before the value was loaded, or seen to be right', async () => {
    const { cache, clock, findings, looks } = await open({ diagnostics: true });
    const { row, read } = source(cache, { id: 5, name: 'old' });
    const change = async (origin: string) => {
      await cache.attribute(origin, () => cache.invalidate(['names', 5]));
      clock.advance(1);
    };
    await change('before the load');
    await read();
    await change('before it was right');
    await read();
    await turns();
    row.value = { id: 5, name: 'new' };
    await change('PATCH /v1/names/:id');
    await read();
    await looks();
    expect(findings()[0]?.changedBy.map(({ name }) => name)).toEqual(['PATCH /v1/names/:id']);
  });

  it('calls changes that share nothing with the value changes of that time', async () => {
    const { cache, findings, looks } = await open();
    const { row, read } = source(cache, { name: 'old' });
    await read();
    row.value = { name: 'new' };
    await cache.invalidate(['zones', 4]);
    await read();
    await looks();
    expect(findings()[0]?.message).toContain('Changes since its load: a call of the cache.');
    expect(cache.stats().audit).toMatchObject({ causes: { unknown: 1 } });
  });
});

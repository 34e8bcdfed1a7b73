import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LarderDependencyError } from '../../base/errors.js';
import { toSettings } from '../../config/settings.js';
import { createEngine } from '../../create-cache.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryTier } from '../../testing/memory-tier.js';
import type { Engine } from '../engine.js';
import type { CacheOptions } from '../policy/policy.js';
import type { CacheEvent } from '../state/events.js';
import { ReadRequest } from '../state/read-request.js';
import { MemoryJournal } from '../versions/memory-journal.js';
import type { Observed, Passing, Tracker } from './tracker.js';

const observing = new AsyncLocalStorage<string[]>();
const tracker: Tracker = {
  async run<T, Result>(load: () => T | Promise<T>, ended: (observed: Observed<T>) => Result): Promise<Result> {
    const names: string[] = [];
    const value = await observing.run(names, async () => await load());
    if (names.includes('unknown')) return ended({ value, reason: 'a query failed' });
    const bytesOf = (name: string) => (name.length > 10 ? name.length : undefined);
    return ended({
      value,
      dependencies: names.map((name) => ({ name, text: `select from ${name}`, bytes: bytesOf(name) })),
    });
  },
};

/** The rows of a database; reading one is observed. */
const rows = new Map<string, number>();
function row(name: string): number {
  observing.getStore()?.push(name);
  return rows.get(name) ?? 0;
}

let clock: FakeClock;
let engine: Engine;
let events: CacheEvent[];

beforeEach(async () => {
  rows.clear();
  clock = new FakeClock();
  events = [];
  engine = await createEngine(toSettings({ clock, onEvent: (event) => events.push(event), background: false }));
  engine.context.table.reserveDependencies();
});
afterEach(() => engine.close());

/** A read as of a cached method: a hit, or else a load. */
function read<T>(key: string, load: () => T | Promise<T>, options: CacheOptions = {}, isObserved = true): Promise<T> {
  const policy = { ...engine.policy(options), ...(isObserved ? { tracker } : {}) };
  const hit = engine.finder.hit(key, policy.counters);
  return (hit ?? engine.reader.read(new ReadRequest(key, load, policy))) as Promise<T>;
}

async function change(name: string, value: number): Promise<void> {
  rows.set(name, value);
  await engine.context.journal.bump([engine.context.slots.ofDependency(name)]);
}

const isStored = (key: string) => engine.finder.findFresh(key) !== undefined;

it('serves a value until something that its load read changes', async () => {
  const sum = () => read('sum', () => row('a') + row('b'));
  expect(await sum()).toBe(0);
  await change('c', 1);
  expect(isStored('sum')).toBe(true);
  await change('b', 5);
  expect(isStored('sum')).toBe(false);
  expect(await sum()).toBe(5);
});

it('counts what it keeps of its dependencies in its bytes', async () => {
  const bytesOf = async (key: string, name: string) => {
    const before = engine.context.store.bytes;
    await read(key, () => row(name));
    return engine.context.store.bytes - before;
  };
  const short = await bytesOf('a', 'a');
  expect((await bytesOf('b', 'b'.repeat(5000))) - short).toBe(5000);
});

it('does not store a value if something it read changed while it loaded', async () => {
  const value = await read('a', async () => {
    const old = row('a');
    await change('a', 1);
    return old;
  });
  expect(value).toBe(0);
  expect(isStored('a')).toBe(false);
});

it('does not store a value whose dependencies are not known, and says why', async () => {
  expect(await read('a', () => row('unknown'))).toBe(0);
  expect(await read('b', () => 7)).toBe(7);
  expect([isStored('a'), isStored('b')]).toEqual([false, false]);
  const errors = events.flatMap((event) => (event.type === 'uncacheable' ? [event.error] : []));
  expect(errors).toEqual([expect.any(LarderDependencyError), expect.any(LarderDependencyError)]);
  expect(String(errors[0])).toContain('a cannot be cached by what it was read from: a query failed');
  expect(String(errors[1])).toContain('no query was observed');
  expect(engine.context.statistics.uncacheable).toBe(2);
});

it('says nothing of a load that ends while the application stops', async () => {
  let end = () => {};
  const value = read('a', async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return row('unknown');
  });
  await nextTurn();
  const closed = engine.close();
  end();
  // A caller gets the value or the refusal of a closed cache.
  await Promise.allSettled([value, closed]);
  expect(events.filter(({ type }) => type === 'uncacheable')).toEqual([]);
});

describe('a warmed load of new queries', () => {
  let loads = 0;
  const warm = async (newLoads: number, passes: Passing = 'with this load') => {
    loads = 0;
    const run: Tracker['run'] = async (load, ended) => {
      const value = await load();
      if (loads <= newLoads) return ended({ value, reason: 'its queries are new', passes });
      return ended({ value, dependencies: [{ name: 'a', text: 'select from a' }] });
    };
    const policy = { ...engine.policy({}), tracker: { run } };
    const request = new ReadRequest('new', () => ++loads, policy);
    return engine.warmer.warm({ requestFor: () => request }, [[]]);
  };

  it('is followed by a second one, which is stored', async () => {
    expect(await warm(1)).toMatchObject({ total: 1, loaded: 1, failed: [] });
    expect([loads, isStored('new')]).toEqual([2, true]);
  });

  it('is followed by a second one too if something beside it was the reason, which is a warning', async () => {
    await warm(1, 'perhaps');
    expect([loads, isStored('new'), events.map(({ type }) => type)]).toEqual([2, true, ['uncacheable']]);
  });

  it('is not followed by another while nothing can be observed', async () => {
    await warm(1, 'later');
    expect([loads, isStored('new'), events]).toEqual([1, false, []]);
  });

  it('is followed by no third one', async () => {
    expect(await warm(9)).toMatchObject({ total: 1, loaded: 1, failed: [] });
    expect([loads, isStored('new')]).toEqual([2, false]);
  });

  it('is not followed by another if it could be stored', async () => {
    expect(await warm(0)).toMatchObject({ total: 1, loaded: 1, failed: [] });
    expect([loads, isStored('new')]).toEqual([1, true]);
  });
});

it('counts the whole region as changed after a gap in the journal', async () => {
  await read('a', () => row('a'));
  await read('plain', () => 1, {}, false);
  engine.context.table.beginDependencies(99, 1);
  expect([isStored('a'), isStored('plain')]).toEqual([false, true]);
});

describe('rule 3: a load that reads another cached value inherits its dependencies', () => {
  const inner = () => read('inner', () => row('a'));
  const outer = () => read('outer', async () => (await inner()) + row('b'));

  it.each(['loaded', 'stored', 'coalesced'] as const)('if it is %s', async (how) => {
    if (how === 'stored') await inner();
    const running = how === 'coalesced' ? inner() : undefined;
    await outer();
    await running;
    await change('a', 3);
    expect(isStored('outer')).toBe(false);
    expect(await outer()).toBe(3);
  });

  it('if it declares its dependencies', async () => {
    const declared = () => read('declared', () => 1, { tags: ['t'] }, false);
    await declared();
    await read('outer', async () => (await declared()) + row('b'));
    expect(isStored('outer')).toBe(true);
    await engine.context.journal.bump([engine.context.slots.ofTag('t')]);
    expect(isStored('outer')).toBe(false);
  });

  it('through a load that is not observed', async () => {
    await inner();
    const between = () => read('between', async () => (await inner()) + 1, {}, false);
    await read('outer', between);
    await change('a', 3);
    expect(isStored('outer')).toBe(false);
  });

  it('if it is read in a batch', async () => {
    await inner();
    const policy = engine.policy({});
    const load = () => engine.batches.getMany([['inner'], ['other']], (keys) => keys.map(() => 1), policy);
    await read('outer', async () => (await load()).length + row('b'));
    await change('a', 3);
    expect(isStored('outer')).toBe(false);
  });

  it('if it is read without a loader', async () => {
    await inner();
    await read('outer', () => {
      const entry = engine.finder.findFresh('inner');
      if (entry !== undefined) engine.finder.inherit(entry);
      return row('b');
    });
    await change('a', 3);
    expect(isStored('outer')).toBe(false);
  });

  it('with its older load: it is not newer than its parts', async () => {
    await inner();
    clock.advance(500);
    await outer();
    expect(engine.finder.findFresh('outer')?.loadedAt).toBe(engine.finder.findFresh('inner')?.loadedAt);
  });

  it('and is not stored if those are not known', async () => {
    await read('outer', async () => (await read('inner', () => row('unknown'))) + row('b'));
    expect(isStored('outer')).toBe(false);
  });

  it('but not what is read after it has ended', async () => {
    await inner();
    let late: Promise<unknown> = Promise.resolve();
    await read('outer', () => {
      late = nextTurn().then(() => inner());
      return row('b');
    });
    await late;
    await change('a', 3);
    expect(isStored('outer')).toBe(true);
  });
});

it('a caller that joins after an invalidation loads again if the value turns out to depend on it', async () => {
  let go = (): void => {};
  const first = read('a', async () => {
    const old = row('a');
    await new Promise<void>((resolve) => (go = resolve));
    return old;
  });
  await nextTurn();
  await change('a', 4);
  const second = read('a', () => row('a'));
  go();
  expect(await Promise.all([first, second])).toEqual([0, 4]);
});

it('gives every value of a batch all dependencies of its load', async () => {
  const policy = { ...engine.policy({}), tracker };
  await engine.batches.getMany([['a'], ['b']], (keys) => keys.map(([name]) => row(name as string)), policy);
  expect([isStored('a'), isStored('b')]).toEqual([true, true]);
  await change('b', 1);
  expect([isStored('a'), isStored('b')]).toEqual([false, false]);
});

it('keeps the dependencies of a value in the shared tier', async () => {
  const tier = new MemoryTier(clock);
  const [one, other] = [await node(tier), await node(tier)];
  const readOn = (on: Engine) =>
    on.reader.read(new ReadRequest('a', () => row('a'), { ...on.policy({}), tracker })) as Promise<number>;
  await readOn(one);
  await one.context.shared?.settle();
  rows.set('a', 1);
  expect(await readOn(other)).toBe(0);
  expect(other.finder.findFresh('a')?.dependencies?.map(({ text }) => text)).toEqual(['select from a']);
  await other.context.journal.bump([other.context.slots.ofDependency('a')]);
  expect(await readOn(other)).toBe(1);
  await Promise.all([one.close(), other.close()]);
});

async function node(tier: MemoryTier): Promise<Engine> {
  const journal = (table: ConstructorParameters<typeof MemoryJournal>[0]) => new MemoryJournal(table, clock, 1);
  const made = await createEngine(toSettings({ clock, tier, journal, background: false }));
  made.context.table.reserveDependencies();
  return made;
}

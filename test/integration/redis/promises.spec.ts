import { setTimeout as passing } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cache } from '../../../libs/larder/src/cache/cache.js';
import { tag } from '../../../libs/larder/src/keys/target.js';
import { Fleet, type FleetNode, timesFollowed } from '../../support/promises/fleet.js';
import { Source } from '../../support/promises/source.js';
import { until } from '../../support/until.js';

const KEY = ['k', '1'] as const;
const MAX_STALENESS = 400;

let fleet: Fleet;
let one: FleetNode;
let other: FleetNode;
let source: Source;

beforeEach(async () => {
  fleet = await Fleet.start();
  source = new Source();
});

afterEach(() => fleet.stop());

async function joinBoth(options = {}): Promise<void> {
  [one, other] = await Promise.all([fleet.join(options), fleet.join(options)]);
}

async function read({ cache }: { cache: Cache }, options = {}): Promise<string> {
  return (await cache.getOrLoad(KEY, source.load, options)).value;
}

describe('P1 no resurrection', () => {
  beforeEach(() => joinBoth());

  it.each([
    ['the key', [[...KEY]]],
    ['a prefix', [['k']]],
    ['a tag', [tag('t')]],
  ])(
    'a value loaded before %s was invalidated is served by no node, and put into memory and Redis by none',
    async (_, targets) => {
      const options = { tags: ['t'] };
      const release = source.hold();
      const slow = read(one, options);
      await until(() => source.loads === 1);
      source.value = 'new';
      await other.cache.invalidate(...(targets as []));
      release();
      expect(await slow).toBe('old');
      expect(await read(other, options)).toBe('new');
      await one.cache.invalidate(['something else']);
      expect(await read(one, options)).toBe('new');
      expect(await one.cache.get(KEY)).toEqual({ value: 'new' });
    },
  );

  it('a value whose late tag was invalidated during its load is not stored', async () => {
    const options = { tags: () => ['late'] };
    const release = source.hold();
    const slow = read(one, options);
    await until(() => source.loads === 1);
    source.value = 'new';
    await one.cache.invalidate(tag('late'));
    release();
    await slow;
    expect(await read(one, options)).toBe('new');
    expect(await read(other, options)).toBe('new');
  });
});

describe('P2 own writes', () => {
  beforeEach(() => joinBoth());

  it('a node does not serve what it invalidated itself, delivered or not', async () => {
    await read(one);
    await read(other);
    // The journal is cut, so it cannot help here.
    one.journal.halfOpen();
    source.value = 'new';
    expect(await one.cache.invalidate(KEY)).toEqual({ delivered: true });
    expect(await read(one)).toBe('new');
    one.commands.cut();
    source.value = 'newest';
    expect(await one.cache.invalidate(KEY)).toEqual({ delivered: false });
    expect(await read(one)).toBe('newest');
  });

  it('nor reads it from Redis before the invalidation has been delivered', async () => {
    await read(other);
    one.commands.cut();
    source.value = 'new';
    expect(await one.cache.invalidate(KEY)).toEqual({ delivered: false });
    // The connection is back. Redis still has the old entry and a table that says the entry is valid.
    one.commands.heal();
    await until(async () => {
      expect(await one.cache.get(KEY)).not.toEqual({ value: 'old' });
      return (await one.cache.invalidate(['anything'])).delivered;
    });
    expect(await read(one)).toBe('new');
  });
});

describe('P3 bounded', () => {
  beforeEach(() => joinBoth({ maxStaleness: MAX_STALENESS }));

  async function expectBound(disturb: () => unknown): Promise<void> {
    await read(one);
    await read(other);
    disturb();
    source.value = 'new';
    await until(async () => (await one.cache.invalidate(KEY)).delivered);
    await expectBoundKept();
  }

  async function expectBoundKept(): Promise<void> {
    const acknowledged = performance.now();
    await until(async () => {
      const began = performance.now();
      const value = await read(other);
      if (began > acknowledged + MAX_STALENESS) expect(value).toBe('new');
      return began > acknowledged + 2 * MAX_STALENESS;
    });
  }

  it('holds when the journal is late', () => expectBound(() => other.journal.delay(10 * MAX_STALENESS)));
  it('holds when the journal is cut off', () => expectBound(() => other.journal.cut()));
  it("holds when the journal's connection is half-open", () => expectBound(() => other.journal.halfOpen()));

  it('holds when the node is cut off from everything', () =>
    expectBound(() => {
      other.journal.halfOpen();
      other.commands.halfOpen();
    }));

  it('holds when the process was busy, also for the first read afterwards', async () => {
    await read(other);
    await read(one);
    // The invalidation is in flight while this process, and with it the other node's journal, is blocked.
    other.journal.halfOpen();
    source.value = 'new';
    await one.cache.invalidate(KEY);
    await read(other);
    const busyUntil = performance.now() + MAX_STALENESS + 50;
    while (performance.now() < busyUntil);
    expect(await read(other)).toBe('new');
  });

  it('holds while Redis is paused, and costs at most one load per key and bound', async () => {
    await read(one);
    await read(other);
    fleet.server.pause();
    source.value = 'new';
    expect(await one.cache.invalidate(KEY)).toEqual({ delivered: false });
    await passing(MAX_STALENESS);
    const before = source.loads;
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => read(other))))).toEqual(new Set(['new']));
    expect(await read(other)).toBe('new');
    expect(source.loads).toBe(before + 1);
    fleet.server.resume();
  });

  it('holds when Redis was killed and restarted empty', async () => {
    await read(one);
    await read(other);
    await fleet.server.restart();
    source.value = 'new';
    await until(async () => (await one.cache.invalidate(KEY)).delivered);
    await expectBoundKept();
  });
});

describe('P3b restored', () => {
  it('a new node serves nothing from before a restore of an older snapshot', async () => {
    await joinBoth();
    await read(one);
    await until(async () => (await other.cache.get(KEY)) !== undefined);
    await fleet.server.command('SAVE');
    source.value = 'new';
    expect(await one.cache.invalidate(KEY)).toEqual({ delivered: true });
    await Promise.all([one.cache.close(), other.cache.close()]);
    await fleet.server.restart();
    expect(await fleet.server.command('EXISTS', 'larder:{k:1}')).toBe(1);
    expect(await read(await fleet.join())).toBe('new');
  });

  it('a restart with all data costs one load, and no more', async () => {
    await joinBoth();
    await read(one);
    await fleet.server.command('SAVE');
    await fleet.server.restart();
    const fresh = await fleet.join();
    expect(await read(fresh)).toBe('old');
    expect(await read(await fleet.join())).toBe('old');
    expect(source.loads).toBe(2);
  });
});

describe('P4 strong', () => {
  it('a read never returns a value invalidated before it on any node, however little its node has received', async () => {
    await joinBoth({ maxStaleness: '1h' });
    await read(one);
    await read(other);
    other.journal.halfOpen();
    source.value = 'new';
    await one.cache.invalidate(KEY);
    expect(await read(other)).toBe('old');
    expect(await read(other, { consistency: 'strong' })).toBe('new');
    source.value = 'newest';
    await one.cache.invalidate(['k']);
    expect(await other.cache.getMany([KEY], async () => [await source.load()], { consistency: 'strong' })).toEqual([
      { value: 'newest' },
    ]);
  });

  it('nor one with an invalidated tag that only the entry in Redis names', async () => {
    await joinBoth({ maxStaleness: '1h' });
    const options = { consistency: 'strong', tags: () => ['late'] };
    await read(one, options);
    other.journal.halfOpen();
    source.value = 'new';
    await one.cache.invalidate(tag('late'));
    expect(await read(other, options)).toBe('new');
  });
});

describe('P5 write-through', () => {
  beforeEach(() => joinBoth());

  const write = (node: FleetNode, value: string, hold?: Promise<void>) =>
    node.cache.writeThrough(KEY, async () => {
      source.value = value;
      await hold;
      return { value };
    });

  it('the value of a single writer is served by all nodes without a load', async () => {
    await write(one, 'new');
    await until(async () => (await other.cache.get(KEY)) !== undefined);
    expect(await read(other)).toBe('new');
    expect(source.loads).toBe(0);
  });

  it('of overlapping writers none stores, whichever ends first', async () => {
    let go = () => {};
    const first = write(one, 'first', new Promise((resolve) => (go = resolve)));
    await until(() => source.value === 'first');
    await write(other, 'last');
    go();
    await first;
    expect(await one.cache.get(KEY)).toBeUndefined();
    expect(await other.cache.get(KEY)).toBeUndefined();
    expect(await read(one)).toBe('last');
    expect(await read(other)).toBe('last');
  });

  it('a writer whose key was invalidated meanwhile does not store', async () => {
    let go = () => {};
    const slow = write(one, 'new', new Promise((resolve) => (go = resolve)));
    await until(() => source.value === 'new');
    source.value = 'newest';
    await other.cache.invalidate(KEY);
    go();
    await slow;
    expect(await read(one)).toBe('newest');
  });
});

describe('P6 crash', () => {
  it('other nodes invalidate the write of a writer that stopped sending heartbeats', async () => {
    await joinBoth({ writeIntentTtl: 300, maxStaleness: MAX_STALENESS });
    await read(other);
    // The writer commits and dies: its write never ends.
    void one.cache.writeThrough(KEY, () => {
      source.value = 'new';
      return new Promise(() => {});
    });
    await until(() => source.value === 'new');
    one.commands.cut();
    one.journal.cut();
    await until(async () => (await read(other)) === 'new');
    expect(await read(other)).toBe('new');
  });
});

describe('P7 transactions', () => {
  beforeEach(() => joinBoth());

  it('invalidations are held until the work has succeeded', async () => {
    await read(one);
    await one.cache.deferInvalidations(async () => {
      expect(await one.cache.invalidate(KEY)).toEqual({ delivered: false });
      await one.cache.deferInvalidations(() => one.cache.invalidate(['k', '2']));
      expect(await one.cache.get(KEY)).toEqual({ value: 'old' });
      source.value = 'new';
    });
    expect(await read(one)).toBe('new');
    expect(await read(other)).toBe('new');
  });

  it('invalidations are dropped if the work failed', async () => {
    await read(one);
    const work = one.cache.deferInvalidations(async () => {
      await one.cache.invalidate(KEY);
      throw new Error('rolled back');
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await one.cache.get(KEY)).toEqual({ value: 'old' });
  });

  it('a write-through is stored when the work has succeeded, and not if it failed', async () => {
    const write = (value: string) => one.cache.writeThrough(KEY, async () => ({ value }));
    await one.cache.deferInvalidations(async () => {
      await write('new');
      expect(await one.cache.get(KEY)).toBeUndefined();
    });
    expect(await one.cache.get(KEY)).toEqual({ value: 'new' });
    const work = one.cache.deferInvalidations(async () => {
      await write('never');
      throw new Error('rolled back');
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await one.cache.get(KEY)).toBeUndefined();
  });
});

describe('P8 Redis lost', () => {
  beforeEach(() => joinBoth({ maxStaleness: MAX_STALENESS }));

  it('the application continues, and pending invalidations are delivered before anything is read from Redis', async () => {
    await read(one);
    await read(other);
    one.commands.cut();
    one.journal.cut();
    source.value = 'new';
    expect(await one.cache.invalidate(KEY)).toEqual({ delivered: false });
    expect(await one.cache.writeThrough(['w'], async () => 'written')).toBe('written');
    await one.cache.set(['s'], 'set');
    expect(await read(one)).toBe('new');
    expect(await read(other)).toBe('old');
    const followed = timesFollowed(one);
    one.commands.heal();
    one.journal.heal();
    await until(() => timesFollowed(one) > followed);
    expect(await read(other, { consistency: 'strong' })).toBe('new');
  });

  it('nothing rejects or stays unhandled when Redis dies and comes back', async () => {
    await fleet.server.kill();
    expect(await read(one)).toBe('old');
    source.value = 'new';
    expect(await one.cache.invalidate(KEY, tag('t'))).toEqual({ delivered: false });
    expect(await read(one)).toBe('new');
    expect(await one.cache.has(KEY)).toBe(true);
    await fleet.server.restart();
    await until(async () => (await one.cache.invalidate(['x'])).delivered);
    expect(await read(one)).toBe('new');
    expect(await read(other)).toBe('new');
  });
});

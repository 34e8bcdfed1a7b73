import { beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from '../create-cache.js';
import { tag } from '../keys/target.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryTier } from '../testing/memory-tier.js';
import type { Cache } from './cache.js';
import type { Bump, Intent, Journal, WriteResult } from './versions/journal.js';
import type { VersionTable } from './versions/version-table.js';

/** The versions that several nodes share, and the order in which they were raised. */
class Fleet {
  readonly log: { readonly slot: number; readonly version: number }[] = [];
  readonly versions = new Map<number, number>();

  raise(slots: readonly number[]): void {
    for (const slot of slots) {
      const version = (this.versions.get(slot) ?? 0) + 1;
      this.versions.set(slot, version);
      this.log.push({ slot, version });
    }
  }
}

/** A journal that receives other nodes' changes only on request, and can be cut off. */
class SlowJournal implements Journal {
  reachable = true;
  /** A question to the other nodes waits for it. */
  answered: Promise<void> = Promise.resolve();
  syncedAt = 0;
  readonly settled = true;
  timeOffset = 0;
  #read = 0;

  constructor(
    private readonly table: VersionTable,
    private readonly fleet: Fleet,
    private readonly clock: FakeClock,
  ) {}

  follow(): void {
    const news = this.fleet.log.slice(this.#read);
    this.#read = this.fleet.log.length;
    this.#take(news.map(({ slot }) => slot));
    this.syncedAt = this.clock.elapsed();
  }

  async bump(slots: readonly number[]): Promise<Bump> {
    this.fleet.raise(slots);
    return { delivered: true, sequence: this.#take(slots) };
  }

  async announce(): Promise<Intent> {
    return { token: '' };
  }

  async conclude(_intent: Intent, slots: readonly number[]): Promise<WriteResult> {
    return { ...(await this.bump(slots)), alone: true };
  }

  async confirm(slots: readonly number[]): Promise<boolean> {
    await this.answered;
    if (this.reachable) this.#take([0, ...slots]);
    return this.reachable;
  }

  async close(): Promise<void> {}

  #take(slots: readonly number[]): number {
    return this.table.apply(
      slots,
      slots.map((slot) => this.fleet.versions.get(slot) ?? 0),
    );
  }
}

const MAX_STALENESS = 1000;
let clock: FakeClock;
let journals: SlowJournal[];
let writer: Cache;
let reader: Cache;
let loads: number;
let database: string;

async function node(fleet: Fleet): Promise<Cache> {
  return createCache({
    clock,
    maxStaleness: MAX_STALENESS,
    journal: (table) => {
      const journal = new SlowJournal(table, fleet, clock);
      journals.push(journal);
      return journal;
    },
  });
}

async function load(): Promise<string> {
  loads++;
  return database;
}

function journalOf(which: 'reader'): SlowJournal {
  return journals[which === 'reader' ? 1 : 0] as SlowJournal;
}

beforeEach(async () => {
  clock = new FakeClock();
  journals = [];
  const fleet = new Fleet();
  writer = await node(fleet);
  reader = await node(fleet);
  loads = 0;
  database = 'old';
  for (const journal of journals) journal.follow();
});

describe('P3 bounded: a read that begins more than maxStaleness after an acknowledged invalidation', () => {
  beforeEach(async () => {
    await reader.getOrLoad(['k'], load);
    database = 'new';
    await writer.invalidate(['k']);
  });

  it('may get the old value before that time, and never after it, when messages are late', async () => {
    clock.advance(MAX_STALENESS - 1);
    expect(await reader.getOrLoad(['k'], load)).toBe('old');
    clock.advance(1);
    expect(await reader.getOrLoad(['k'], load)).toBe('new');
  });

  it('gets the new value as soon as the message has arrived', async () => {
    journalOf('reader').follow();
    expect(await reader.getOrLoad(['k'], load)).toBe('new');
  });

  it('loads from the source while the journal is unreachable, at most once per maxStaleness', async () => {
    journalOf('reader').reachable = false;
    clock.advance(MAX_STALENESS);
    expect(await Promise.all(Array.from({ length: 100 }, () => reader.getOrLoad(['k'], load)))).toEqual(
      Array(100).fill('new'),
    );
    expect(loads).toBe(2);
    clock.advance(MAX_STALENESS - 1);
    expect(await reader.getOrLoad(['k'], load)).toBe('new');
    expect(loads).toBe(2);
    clock.advance(1);
    await reader.getOrLoad(['k'], load);
    expect(loads).toBe(3);
  });

  it('holds for get, has and getMany', async () => {
    clock.advance(MAX_STALENESS);
    expect(await reader.get(['k'])).toBeUndefined();
    expect(await reader.has(['k'])).toBe(false);
    expect(await reader.getMany([['k']], async () => [database])).toEqual(['new']);
  });
});

describe('a table that is not current', () => {
  it('is confirmed with the journal, and a valid entry is served without a load', async () => {
    await reader.getOrLoad(['k'], load);
    clock.advance(10 * MAX_STALENESS);
    expect(await reader.getOrLoad(['k'], load)).toBe('old');
    expect(await reader.get(['k'])).toBe('old');
    expect(await reader.has(['k'])).toBe(true);
    expect(await reader.getMany([['k']], async () => ['never'])).toEqual(['old']);
    expect(loads).toBe(1);
  });

  it('lets no caller join a load that began too long ago', async () => {
    let finish = (_value: string) => {};
    const slow = reader.getOrLoad(['k'], () => new Promise<string>((resolve) => (finish = resolve)));
    database = 'new';
    await writer.invalidate(['k']);
    journalOf('reader').reachable = false;
    clock.advance(MAX_STALENESS);
    expect(await reader.getOrLoad(['k'], load)).toBe('new');
    finish('old');
    await slow;
    expect(await reader.getOrLoad(['k'], load)).toBe('new');
  });
});

describe('an entry that another node loaded', () => {
  it('is not served for its young age, which depends on clocks, while the table is not current', async () => {
    const tier = new MemoryTier(clock);
    const fleet = new Fleet();
    const nodes = await Promise.all([fleetNode(fleet, tier), fleetNode(fleet, tier)]);
    fleet.raise([0]);
    for (const { journal } of nodes) journal.follow();
    const [{ cache: loader }, { cache: borrower, journal }] = nodes;
    await loader.getOrLoad(['k'], load);
    // With this offset the borrowed entry seems to be a minute younger than it is.
    journal.timeOffset = -60_000;
    expect(await borrower.getOrLoad(['k'], load)).toBe('old');
    expect(loads).toBe(1);
    database = 'new';
    await loader.invalidate(['k']);
    journal.reachable = false;
    clock.advance(MAX_STALENESS);
    expect(await borrower.getOrLoad(['k'], load)).toBe('new');
  });

  async function fleetNode(fleet: Fleet, tier: MemoryTier) {
    let journal: SlowJournal | undefined;
    const cache = await createCache({
      clock,
      tier,
      maxStaleness: MAX_STALENESS,
      journal: (table) => (journal = new SlowJournal(table, fleet, clock)),
    });
    return { cache, journal: journal as unknown as SlowJournal };
  }
});

describe('P4 strong: a read that begins after an acknowledged invalidation', () => {
  const options = { consistency: 'strong' } as const;

  it('never gets an invalidated value, however late the message', async () => {
    await reader.getOrLoad(['k'], load, options);
    database = 'new';
    await writer.invalidate(['k']);
    expect(await reader.getOrLoad(['k'], load)).toBe('old');
    expect(await reader.getOrLoad(['k'], load, options)).toBe('new');
    expect(await reader.getOrLoad(['k'], load, options)).toBe('new');
    expect(loads).toBe(2);
  });

  it('does not join a load that began before the invalidation', async () => {
    let finish = (_value: string) => {};
    const slow = reader.getOrLoad(['k'], () => new Promise<string>((resolve) => (finish = resolve)));
    database = 'new';
    await writer.invalidate(['k']);
    expect(await reader.getOrLoad(['k'], load, options)).toBe('new');
    finish('old');
    await slow;
    expect(await reader.getOrLoad(['k'], load, options)).toBe('new');
  });

  it('does not serve an entry that was stored while it asked, with tags that it did not ask about', async () => {
    let land = (_value: string) => {};
    const tags = () => ['venue:7'];
    const slow = reader.getOrLoad(['k'], () => new Promise<string>((resolve) => (land = resolve)), { tags });
    database = 'new';
    await writer.invalidate(tag('venue:7'));
    let answer = () => {};
    journalOf('reader').answered = new Promise((resolve) => (answer = resolve));
    const strong = reader.getOrLoad(['k'], load, { ...options, tags });
    land('old');
    await slow;
    expect(await reader.has(['k'])).toBe(true);
    answer();
    expect(await strong).toBe('new');
  });

  it('does not join a load that began before it if the journal does not answer', async () => {
    let finish = (_value: string) => {};
    const slow = reader.getOrLoad(['k'], () => new Promise<string>((resolve) => (finish = resolve)));
    database = 'new';
    await writer.invalidate(['k']);
    journalOf('reader').reachable = false;
    expect(await reader.getOrLoad(['k'], load, options)).toBe('new');
    finish('old');
    await slow;
  });

  it('loads from the source while the journal is unreachable, once for all concurrent callers', async () => {
    await reader.getOrLoad(['k'], load, options);
    database = 'new';
    await writer.invalidate(['k']);
    journalOf('reader').reachable = false;
    const answers = Array.from({ length: 100 }, () => reader.getOrLoad(['k'], load, options));
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['new']));
    expect(loads).toBe(2);
    await reader.getOrLoad(['k'], load, options);
    expect(loads).toBe(3);
  });
});

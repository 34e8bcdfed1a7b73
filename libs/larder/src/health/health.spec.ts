import { describe, expect, it } from '@jest/globals';
import { defineCounter } from '../background/counters/define-counter.js';
import { defineDeadline } from '../background/deadlines/define-deadline.js';
import type { FleetPart } from '../background/fleet.js';
import { createCache } from '../create-cache.js';
import { FakeClock } from '../testing/fake-clock.js';
import { LarderHealth } from './larder-health.js';

const FINE = { current: true, settled: true, journalLag: 12.4, deliveryLag: 0, problem: undefined, closed: false };
const READING = { state: 'reading', lag: 0.4, gaps: [] as string[], error: undefined };
const JOB = { name: 'tidy', consecutiveFailures: 0, overdueSince: undefined, paused: undefined };

interface Given {
  readonly cache?: object;
  readonly address?: string;
  readonly feed?: object;
  readonly jobs?: () => Promise<readonly object[]>;
  readonly parts?: readonly FleetPart[];
}

function healthOf({
  cache,
  address = 'redis://host',
  feed,
  jobs = async () => [JOB],
  parts = [],
}: Given): LarderHealth {
  return new LarderHealth(
    { health: async () => ({ ...FINE, ...cache }) } as never,
    { address } as never,
    { status: () => ({ ...READING, ...feed }) } as never,
    { list: jobs } as never,
    { parts },
  );
}

/** What every part that is down says. */
const DOWN = { status: 'down', message: expect.stringMatching(/\.$/), action: expect.stringMatching(/\.$/) };

describe('the health of Larder', () => {
  it('is up in all parts where nothing is wrong, with figures and without advice', async () => {
    const parts = await Promise.all(healthOf({}).all.map((part) => part()));
    expect(Object.assign({}, ...parts)).toEqual({
      cache: { status: 'up' },
      redis: { status: 'up' },
      journal: { status: 'up', lag: 12, settled: true, deliveryLag: 0 },
      changeFeed: { status: 'up', state: 'reading', lag: 0, gaps: 0 },
      jobs: { status: 'up', jobs: ['tidy'], failing: [], overdue: [], paused: [] },
      counters: { status: 'up', counters: [], waiting: 0, failing: [] },
      deadlines: { status: 'up', deadlines: [], late: [] },
    });
  });

  it('uses the keys that a caller gives', async () => {
    const health = healthOf({});
    const parts = [
      health.cache,
      health.redis,
      health.journal,
      health.changeFeed,
      health.jobs,
      health.counters,
      health.deadlines,
    ];
    const results = await Promise.all(parts.map((part, index) => part.call(health, `mine ${index}`)));
    expect(results.flatMap(Object.keys)).toEqual(parts.map((_, index) => `mine ${index}`));
  });

  it('is up without Redis, and says that none is configured', async () => {
    const health = new LarderHealth({} as never, {} as never, {} as never, {} as never, { parts: [] });
    expect(await health.redis()).toEqual({ redis: { status: 'up', configured: false } });
  });

  it.each<[part: 'cache' | 'redis' | 'journal' | 'changeFeed', why: string, given: Given]>([
    ['cache', 'it is closed', { cache: { closed: true } }],
    ['redis', 'the table is not current', { cache: { current: false } }],
    ['redis', 'its last call failed', { cache: { problem: 'no answer from host:6379' } }],
    ['journal', 'invalidations do not arrive', { cache: { current: false, journalLag: Number.POSITIVE_INFINITY } }],
    ['journal', 'its own invalidations wait', { cache: { settled: false, deliveryLag: 5 } }],
    ['changeFeed', 'the feed cannot read', { feed: { state: 'waiting', lag: undefined } }],
    ['changeFeed', 'triggers are missing', { feed: { gaps: ['public.calls has no triggers'] } }],
    ['changeFeed', 'changes wait for longer than 30 s', { feed: { lag: 30_001 } }],
  ])('says of %s what it means and what to do when %s', async (part, _, given) => {
    const { [part]: state } = await healthOf(given)[part]();
    expect(state).toMatchObject(DOWN);
    expect(JSON.stringify(state)).not.toMatch(/host|Infinity|public\.calls/);
  });

  it('is up while the feed delivers within 30 s, and while another process reads', async () => {
    for (const feed of [{ lag: 30_000 }, { state: 'standing-by', lag: undefined }]) {
      expect((await healthOf({ feed }).changeFeed()).changeFeed).toMatchObject({ status: 'up' });
    }
  });

  it('names jobs that failed three times in a row, and those that are overdue', async () => {
    const jobs = async () => [
      { ...JOB, name: 'twice', consecutiveFailures: 2 },
      { ...JOB, name: 'thrice', consecutiveFailures: 3 },
      { ...JOB, name: 'late', overdueSince: new Date() },
    ];
    const { jobs: state } = await healthOf({ jobs }).jobs();
    expect(state).toMatchObject({ ...DOWN, failing: ['thrice'], overdue: ['late'] });
    expect(state?.message).toBe('Jobs fail repeatedly: thrice. Jobs do not begin in time: late.');
  });

  it('names jobs that are paused, and is up although they failed before', async () => {
    const paused = { by: 'Ada', since: new Date(1000) };
    const jobs = async () => [JOB, { ...JOB, name: 'broken', consecutiveFailures: 3, paused }];
    expect((await healthOf({ jobs }).jobs()).jobs).toEqual({
      status: 'up',
      jobs: ['tidy', 'broken'],
      failing: [],
      overdue: [],
      paused: ['broken'],
    });
  });

  it('does not reject when Redis cannot be asked', async () => {
    const broken = async () => Promise.reject(new Error('gone'));
    const deadline = Object.assign(defineDeadline({ name: 'offers', every: '1m', expire: async () => {} }), {
      status: broken,
    });
    const health = healthOf({ jobs: broken, parts: [deadline] });
    expect(await health.jobs()).toEqual({ jobs: DOWN });
    expect(await health.deadlines()).toEqual({ deadlines: DOWN });
  });

  it('puts a counter down after three failed flushes, until one succeeds', async () => {
    const clock = new FakeClock();
    let isBroken = true;
    const write = async () => {
      if (isBroken) throw new Error('no database');
    };
    const views = defineCounter({ name: 'views', flushEvery: '1s', write, onError: () => {} });
    await views.join({ clock, redis: undefined, prefix: 'larder', claimTtl: undefined });
    await views.add('a');
    await views.add('b');
    const health = healthOf({ parts: [views] });
    for (let flushes = 1; flushes <= 3; flushes++) {
      expect((await health.counters()).counters).toMatchObject({ status: 'up', waiting: 2, failing: [] });
      await views.flush().catch(() => {});
    }
    expect((await health.counters()).counters).toMatchObject({
      ...DOWN,
      counters: ['views'],
      waiting: 2,
      failing: ['views'],
    });
    isBroken = false;
    await views.flush();
    expect((await health.counters()).counters).toMatchObject({ status: 'up', waiting: 0 });
    await views.close();
  });

  it('puts a deadline down when ids are two intervals and 30 s late, or expiring failed three times', async () => {
    const clock = new FakeClock();
    const fail = async () => Promise.reject(new Error('no database'));
    const offers = defineDeadline({ name: 'offers', every: '1h', expire: fail, onError: () => {} });
    await offers.join({ clock, redis: undefined, prefix: 'larder', claimTtl: undefined });
    // Only the moment counts here; the check for due ids is once an hour.
    const due = clock.now() - 7_200_000 - 30_000;
    await offers.track('in time', due);
    const health = healthOf({ parts: [offers] });
    expect((await health.deadlines()).deadlines).toMatchObject({ status: 'up', late: [] });
    await offers.track('late', due - 1);
    expect((await health.deadlines()).deadlines).toMatchObject({ ...DOWN, deadlines: ['offers'], late: ['offers'] });
    await offers.track('late', clock.now());
    await offers.track('in time', clock.now());
    for (let times = 1; times <= 3; times++) {
      expect((await health.deadlines()).deadlines).toMatchObject({ status: 'up' });
      await offers.expireDue().catch(() => {});
    }
    expect((await health.deadlines()).deadlines).toMatchObject({ status: 'down', late: ['offers'] });
    await offers.close();
  });
});

describe('cache.health()', () => {
  it('tells when the cache is closed', async () => {
    const cache = await createCache();
    expect(await cache.health()).toMatchObject({ closed: false });
    await cache.close();
    expect(await cache.health()).toMatchObject({ closed: true });
  });
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { LarderOptionsError } from '../../base/errors.js';
import { createCache } from '../../create-cache.js';
import { ChaosJournal } from '../../testing/chaos.js';
import { FakeClock } from '../../testing/fake-clock.js';
import type { Cache } from '../cache.js';
import type { CacheOptions } from '../policy/policy.js';
import { MemoryJournal } from '../versions/memory-journal.js';

const failure = new Error('database away');
const failing = () => Promise.reject(failure);
const MAX_STALENESS = 1000;

let clock: FakeClock;
let cache: Cache;
let journal: ChaosJournal;

beforeEach(async () => {
  clock = new FakeClock();
  cache = await createCache({
    clock,
    maxStaleness: MAX_STALENESS,
    journal: ChaosJournal.around(
      (table) => new MemoryJournal(table, clock),
      (made) => {
        journal = made;
      },
    ),
  });
});

/** Cuts the journal off for longer than maxStaleness. */
async function away(options: CacheOptions): Promise<void> {
  await cache.getOrLoad(['k'], () => 'old', options);
  journal.cutOff(clock.elapsed());
  clock.advance(2 * MAX_STALENESS);
}

describe('with the journal away for longer than maxStaleness', () => {
  const kept: CacheOptions = { ttl: '1h', staleIfError: '1h' };
  const older: CacheOptions = { ttl: '1h', staleIfError: { for: '1h', unconfirmed: true } };
  const expired: CacheOptions = { ttl: 100, staleIfError: { for: '1h', unconfirmed: true } };

  it('staleIfError serves no value that other processes may have invalidated', async () => {
    await away(kept);
    await expect(cache.getOrLoad(['k'], failing, kept)).rejects.toBe(failure);
    await expect(cache.getMany([['k']], failing, kept)).rejects.toBe(failure);
  });

  it.each([
    ['within its TTL', older],
    ['past it', expired],
  ])('unconfirmed serves a value %s when its load fails', async (_, options) => {
    await away(options);
    expect(await cache.getOrLoad(['k'], failing, options)).toBe('old');
    expect(await cache.getMany([['k']], failing, options)).toEqual(['old']);
    expect(cache.stats()).toMatchObject({ fallbacks: 2, hits: 0 });
  });

  it('unconfirmed serves it when the load takes longer than the soft time-out', async () => {
    const soft: CacheOptions = { ...older, softTimeout: 50 };
    await away(soft);
    const answer = cache.getOrLoad(['k'], () => new Promise(() => {}), soft);
    await Promise.resolve().then(() => {});
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    clock.advance(50);
    expect(await answer).toBe('old');
  });

  it('prefers the value of a load that succeeds', async () => {
    await away(older);
    expect(await cache.getOrLoad(['k'], () => 'new', older)).toBe('new');
  });

  it('never serves a value that this process invalidated, or that is past the window', async () => {
    await away(expired);
    clock.advance(3_600_000);
    await expect(cache.getOrLoad(['k'], failing, expired)).rejects.toBe(failure);
    await cache.getOrLoad(['k'], () => 'newer', expired);
    await cache.invalidate(['k']);
    await expect(cache.getOrLoad(['k'], failing, expired)).rejects.toBe(failure);
    await expect(cache.getMany([['k']], failing, expired)).rejects.toBe(failure);
  });

  it('is rejected together with strong reads', async () => {
    const both: CacheOptions = { consistency: 'strong', staleIfError: { for: '1h', unconfirmed: true } };
    await expect(cache.getOrLoad(['k'], failing, both)).rejects.toThrow(LarderOptionsError);
  });
});

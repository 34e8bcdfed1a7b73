import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { NestApplications } from '../../../../test/support/nest-application.js';
import {
  Cacheable,
  CacheableBatch,
  type CacheEvent,
  CacheWriteThrough,
  createCache,
  LarderOptionsError,
} from '../index.js';
import { clearCache, FakeClock } from '../testing/index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

interface Token {
  readonly value: number;
  readonly expiresIn: number;
}

@Injectable()
class Tokens {
  loads = 0;
  expiresIn: number = 30;
  readonly margin = 10;

  @Cacheable({
    key: (user: string) => ['tokens', user],
    ttl(this: Tokens, { expiresIn }: Token, user: string) {
      return user === 'odd' ? ('soon' as never) : (expiresIn - this.margin) * 1000;
    },
  })
  async of(_user: string): Promise<Token> {
    return { value: ++this.loads, expiresIn: this.expiresIn };
  }

  @CacheWriteThrough({ key: (user: string) => ['tokens', user], ttl: (token: Token) => token.expiresIn * 1000 })
  async renew(_user: string): Promise<Token> {
    return { value: 100, expiresIn: 5 };
  }

  @CacheableBatch({ key: (id: number) => ['seconds', id], ttl: (_value: string, id: number) => id * 1000 })
  async many(ids: readonly number[]): Promise<readonly string[]> {
    this.loads += ids.length;
    return ids.map(String);
  }
}

async function started() {
  const clock = new FakeClock();
  const events: CacheEvent[] = [];
  const larder = { clock, onEvent: (event: CacheEvent) => events.push(event) };
  const { app, cache } = await applications.start({ providers: [Tokens] }, { larder });
  return { tokens: app.get(Tokens), cache, clock, events };
}

describe('a ttl that the value names', () => {
  it('holds for each value, with the parameters and the instance', async () => {
    const { tokens, cache, clock } = await started();
    expect((await tokens.of('ana')).value).toBe(1);
    expect((await cache.inspect(['tokens', 'ana']))?.ttl).toBe(20_000);
    clock.advance(19_999);
    expect((await tokens.of('ana')).value).toBe(1);
    clock.advance(1);
    expect((await tokens.of('ana')).value).toBe(2);
  });

  it('of zero or less returns the value without storing it, once for concurrent callers', async () => {
    const { tokens, cache, events } = await started();
    tokens.expiresIn = 10;
    const both = await Promise.all([tokens.of('ana'), tokens.of('ana')]);
    expect(both.map(({ value }) => value)).toEqual([1, 1]);
    tokens.expiresIn = 3;
    expect((await tokens.of('ana')).value).toBe(2);
    expect((await tokens.of('ana')).value).toBe(3);
    expect(await cache.inspect(['tokens', 'ana'])).toBeUndefined();
    expect(events).not.toContainEqual(expect.objectContaining({ type: 'uncacheable' }));
  });

  it('that is no duration is an event, and the caller gets the value', async () => {
    const { tokens, events } = await started();
    expect((await tokens.of('odd')).value).toBe(1);
    expect((await tokens.of('odd')).value).toBe(2);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'uncacheable', error: expect.any(LarderOptionsError) }),
    );
    expect(String((events.at(-1) as { error?: unknown }).error)).toContain("invalid ttl of Tokens.of: got 'soon'");
  });

  it('works for batches and for write-through', async () => {
    const { tokens, cache } = await started();
    await tokens.many([3, 7]);
    expect((await cache.inspect(['seconds', 3]))?.ttl).toBe(3000);
    expect((await cache.inspect(['seconds', 7]))?.ttl).toBe(7000);
    await tokens.renew('ana');
    expect((await cache.inspect(['tokens', 'ana']))?.ttl).toBe(5000);
  });

  it('works without a decorator', async () => {
    const clock = new FakeClock();
    const cache = await createCache({ clock });
    const ttl = (value: number) => value;
    for (const value of [2000, 4000]) await cache.getOrLoad(['n', value], () => value, { ttl });
    await cache.set(['n', 1], 1000, { ttl });
    expect((await cache.inspect(['n', 4000]))?.ttl).toBe(4000);
    expect((await cache.inspect(['n', 1]))?.ttl).toBe(1000);
    await expect(cache.set(['n', 2], 1, { ttl: () => 'x' as never })).rejects.toBeInstanceOf(LarderOptionsError);
    await cache.close();
  });
});

describe('getFromMemory', () => {
  it('returns a fresh value of this process at once, and undefined for others', async () => {
    const clock = new FakeClock();
    const cache = await createCache({ clock });
    await cache.set(['rates', 'EUR'], { rate: 2 }, { ttl: '1m' });
    expect(cache.getFromMemory(['rates', 'EUR'])).toEqual({ rate: 2 });
    expect(cache.getFromMemory(['rates', 'USD'])).toBeUndefined();
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 0 });
    clock.advance(60_000);
    expect(cache.getFromMemory(['rates', 'EUR'])).toBeUndefined();
    await cache.set(['rates', 'EUR'], 3);
    await cache.invalidate(['rates']);
    expect(cache.getFromMemory(['rates', 'EUR'])).toBeUndefined();
    await cache.close();
  });
});

describe('clearCache', () => {
  it('clears everything in one step', async () => {
    const cache = await createCache();
    await cache.set(['a'], 1);
    await clearCache(cache);
    expect(await cache.get(['a'])).toBeUndefined();
    await cache.close();
  });
});

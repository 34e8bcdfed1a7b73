import { describe, expect, it } from '@jest/globals';
import { problemsOfRoute } from '../../decorators/route-options.js';
import { askedFor, type CacheControlOptions, cacheControlOf } from './cache-control.js';
import { cacheStatusOf } from './cache-status.js';
import { varyingBy } from './vary.js';

const OPTIONS: CacheControlOptions = { isPrivate: false, maxAge: Number.POSITIVE_INFINITY, staleWhileRevalidate: 0 };

describe('Cache-Control', () => {
  it.each([
    [{ age: 0, left: 300 }, {}, 'max-age=300'],
    [{ age: 60, left: 240 }, {}, 'max-age=300'],
    [{ age: 60, left: 240 }, { isPrivate: true }, 'private, max-age=300'],
    [{ age: 60, left: 240 }, { maxAge: 10_000 }, 'max-age=70'],
    [{ age: 60, left: 5 }, { maxAge: 10_000 }, 'max-age=65'],
    [{ age: 60, left: 240 }, { maxAge: 0, staleWhileRevalidate: 60_000 }, 'max-age=0, must-revalidate'],
    [{ age: 60, left: 240 }, { staleWhileRevalidate: 60_000 }, 'max-age=300, stale-while-revalidate=60'],
    [{ age: 310, left: -10 }, { staleWhileRevalidate: 60_000 }, 'max-age=310, stale-while-revalidate=50'],
    [{ age: 310, left: -10 }, {}, 'max-age=0, must-revalidate'],
    [{ age: 60, left: 240 }, { maxAge: undefined, staleWhileRevalidate: 60_000 }, 'no-cache'],
    [{ age: 60, left: 240 }, { maxAge: undefined, isPrivate: true, public: true }, 'private, no-cache'],
    [{ age: 60, left: 240 }, { maxAge: undefined, public: true }, 'public, no-cache'],
    [{ age: 60, left: 240 }, { public: true }, 'public, max-age=300'],
    [
      { age: 0, left: 31_536_000 },
      { staleWhileRevalidate: Number.POSITIVE_INFINITY },
      'max-age=31536000, stale-while-revalidate=31536000',
    ],
  ])('of %j with %j is %s', (lifetime, options, expected) => {
    expect(cacheControlOf(lifetime, { ...OPTIONS, ...options })).toBe(expected);
  });

  it.each([
    [undefined, 'anything'],
    ['max-age=0', 'anything'],
    ['only-if-cached', 'anything'],
    ['x-no-cache-x', 'anything'],
    ['no-cache', 'new'],
    ['max-age=0, No-Cache', 'new'],
    ['no-store', 'unstored'],
    ['no-cache,no-store', 'unstored'],
  ])('%s of a request asks for %s', (field, asked) => {
    expect(askedFor(field)).toBe(asked);
  });
});

describe('Cache-Status', () => {
  const of = (status: object) =>
    cacheStatusOf({ forwarded: 'hit', stored: false, left: undefined, key: undefined, detail: undefined, ...status });

  it.each([
    [{ stored: true, left: 5 }, 'Larder; hit; ttl=5'],
    [{ forwarded: 'miss', stored: true, left: 5 }, 'Larder; fwd=miss; stored; ttl=5'],
    [{ forwarded: 'miss' }, 'Larder; fwd=miss'],
    [{ forwarded: 'collapsed', stored: true, left: 5 }, 'Larder; fwd=miss; stored; collapsed; ttl=5'],
    [{ forwarded: 'stale', stored: true, left: -5 }, 'Larder; fwd=stale; ttl=-5'],
    [{ forwarded: 'bypass', detail: 'scope not declared' }, 'Larder; fwd=bypass; detail="scope not declared"'],
    [{ key: 'a:"\\:ü' }, 'Larder; hit; key="a:\\"\\\\:%C3%BC"'],
  ])('of %j is %s', (status, expected) => {
    expect(of(status)).toBe(expected);
  });
});

describe('Vary', () => {
  it.each([
    [undefined, ['A'], 'A'],
    ['Origin', ['A', 'origin'], 'Origin, A'],
    [['Origin', 'X'], ['A'], 'Origin, X, A'],
    ['*', ['A'], '*'],
  ])('of %j and %j is %s', (before, names, expected) => {
    expect(varyingBy(before, names)).toBe(expected);
  });
});

describe('the options of a method', () => {
  it.each([
    [{ scope: 'no name' }, 'invalid scope of M: got'],
    [{ scope: 7 }, 'invalid scope of M: got'],
    [{ http: 'yes' }, 'invalid http of M: got'],
    [{ http: null }, 'invalid http of M: got'],
    [{ http: { maxage: 1 } }, 'unknown option http.maxage of M'],
    [{ http: { maxAge: -1 } }, 'invalid http.maxAge of M: got -1'],
    [{ http: { etag: 'strongest' } }, 'invalid http.etag of M: got'],
    [{ http: { vary: 'Origin' } }, 'invalid http.vary of M: got'],
    [{ http: { vary: ['a b'] } }, 'invalid http.vary of M: got'],
    [{ http: { vary: { accept: 'en' } } }, 'invalid http.vary of M: got'],
    [{ http: { public: true } }, "invalid http.public of M: got true without scope: 'shared'"],
    [{ scope: 'shared', http: { public: 1 } }, 'invalid http.public of M: got 1'],
    [{ http: { revalidate: 'yes' } }, 'invalid http.revalidate of M: got'],
  ])('%j are refused', (options, problem) => {
    expect(problemsOfRoute(options as never, 'M')).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    {},
    { http: true },
    { http: false },
    { scope: 'user', http: { maxAge: 0, etag: false, vary: [] } },
    { scope: 'shared', http: { public: true, vary: { accept: String } } },
  ])('%j are valid', (options) => {
    expect(problemsOfRoute(options as never, 'M')).toEqual([]);
  });
});

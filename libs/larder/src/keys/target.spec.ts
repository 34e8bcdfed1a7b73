import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apiKey, defineKeys, userKey, venueKey } from './define-keys.js';
import { matches, pattern, prefixOf, tag } from './target.js';

describe('matches', () => {
  it('agrees with the same glob as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 8 });
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*'), maxLength: 8 });
    fc.assert(
      fc.property(glob, text, (glob, text) => {
        expect(matches(glob, text)).toBe(new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(text));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('prefixOf', () => {
  it('recognises globs that are prefixes', () => {
    expect(prefixOf('*')).toBe('');
    expect(prefixOf('tournaments:*')).toBe('tournaments');
    expect(prefixOf('tournaments')).toBe('tournaments');
    expect(prefixOf('tournaments:*:scores')).toBeUndefined();
    expect(prefixOf('tour*')).toBeUndefined();
    expect(prefixOf('a:*:*')).toBeUndefined();
  });
});

describe('tag and pattern', () => {
  it('reject an empty name, and anything but a string', () => {
    expect(() => tag('')).toThrow('the name of a tag is not a non-empty string');
    expect(() => pattern(undefined as unknown as string)).toThrow('a pattern is not a non-empty string');
  });
});

describe('defineKeys', () => {
  it('names the keys of a family', () => {
    const keys = defineKeys('tournaments', {
      list: (query: { page: number }) => ['list', query],
      one: (id: string) => [id],
    });
    expect(keys.all).toEqual(['tournaments']);
    expect(keys.one('42')).toEqual(['tournaments', '42']);
    expect(keys.list({ page: 1 })).toEqual(['tournaments', 'list', { page: 1 }]);
  });

  it('comes with functions for keys of APIs, users and venues', () => {
    expect(apiKey('v1', 'venues', 7)).toEqual(['api', 'v1', 'venues', 7]);
    expect(userKey('u1', 'notifications')).toEqual(['user', 'u1', 'notifications']);
    expect(venueKey(7, 'tables')).toEqual(['venue', 7, 'tables']);
  });
});

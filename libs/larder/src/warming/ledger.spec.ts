import { describe, expect, it } from '@jest/globals';
import { asJson } from './given.js';
import { allowance } from './ledger.js';
import { Pauses } from './pauses.js';

const HOUR = 3_600_000;

describe('the ledger', () => {
  it('trusts more values as values are used', () => {
    const counts = { loads: 100_000, used: 0, unused: 0, extra: 0 };
    expect(allowance(counts, 0)).toBe(30);
    expect(allowance(counts, 30)).toBe(0);
    expect(allowance({ ...counts, used: 500 }, 30)).toBe(1000);
  });

  it('allows no load once the extra loads exceed nine of a hundred', () => {
    const counts = { loads: 1000, used: 500, unused: 100 };
    expect(allowance({ ...counts, extra: 100 }, 0)).toBeGreaterThan(0);
    expect(allowance({ ...counts, extra: 111 }, 0)).toBe(0);
  });
});

describe('a pause', () => {
  it('begins when fewer than half of a hundred values were used, ends by itself, and is twice as long the next time', () => {
    const pauses = new Pauses();
    for (let value = 0; value < 49; value++) expect(pauses.settle(true, 0)).toBeUndefined();
    for (let value = 0; value < 50; value++) expect(pauses.settle(false, 0)).toBeUndefined();
    expect(pauses.settle(false, 0)).toEqual({ used: 49, unused: 51, length: HOUR });
    expect([pauses.leftAt(0), pauses.count]).toEqual([HOUR, 1]);
    expect(pauses.end(HOUR - 1)).toBe(false);
    expect(pauses.end(HOUR)).toBe(true);
    expect(pauses.end(HOUR)).toBe(false);
    for (let value = 0; value < 99; value++) expect(pauses.settle(false, HOUR)).toBeUndefined();
    expect(pauses.settle(false, HOUR)).toMatchObject({ length: 2 * HOUR });
  });

  it('does not begin while half of the values are used', () => {
    const pauses = new Pauses();
    for (let value = 0; value < 10_000; value++) expect(pauses.settle(value % 2 === 0, 0)).toBeUndefined();
  });
});

describe('parameters', () => {
  class Query {
    page = 1;
  }
  it.each([
    [['a', 1, null, true, { page: [1] }], '["a",1,null,true,{"page":[1]}]'],
    [['a', undefined], '["a"]'],
    [[undefined, 'a'], undefined],
    [[{ page: undefined }], undefined],
    [[new Date()], undefined],
    [[new Query()], undefined],
    [[Number.NaN], undefined],
    [[1n], undefined],
    [['x'.repeat(1001)], undefined],
  ])('%j are kept as %j', (given, json) => {
    expect(asJson(given)).toBe(json);
  });
});

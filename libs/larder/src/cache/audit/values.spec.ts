import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.js';
import { KnownClasses } from '../entries/classes.js';
import { keptCopyOf } from '../entries/copy.js';
import { type AuditRule, showPath, toPattern } from '../policy/audit-rule.js';
import { consistencyOf } from '../stats/audit-stats.js';
import { differencesOf } from './differences.js';
import { RecentChanges } from './recent-changes.js';
import { verdictOf } from './verdict.js';

class Money {
  constructor(
    readonly amount: number,
    private readonly at = 'cents',
  ) {}

  get unit() {
    return this.at;
  }
}

const CLASSES = new KnownClasses({
  url: { class: URL, store: String, restore: (text: string) => new URL(text) },
  money: Money,
});

const pathsOf = (
  served: unknown,
  fresh: unknown,
  ignore: readonly string[] = [],
  unordered: AuditRule['unordered'] = [],
) =>
  differencesOf(served, fresh, { ignore: ignore.map(toPattern), unordered }, CLASSES).map(({ path }) => showPath(path));

const ALL = { ignore: [], unordered: [] } as const;

describe('differencesOf', () => {
  const date = (day: number) => new Date(Date.UTC(2026, 0, day));

  it.each<[string, unknown, unknown]>([
    ['a missing member and undefined', { a: 1, b: undefined }, { a: 1 }],
    ['null and undefined', { a: null }, { a: undefined }],
    ['0 and -0', [0], [-0]],
    ['NaN', { a: Number.NaN }, { a: Number.NaN }],
    ['dates', { at: date(1) }, { at: date(1) }],
    [
      'Maps in another order',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['Sets in another order', new Set([1, 2]), new Set([2, 1])],
    ['bytes', new Uint8Array([1, 2]), Buffer.from([1, 2])],
    ['errors', new TypeError('no'), new TypeError('no')],
    ['an instance and its members', new Money(3), { amount: 3, at: 'cents' }],
    ['members in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ])('finds %s equal', (_, served, fresh) => {
    expect(pathsOf(served, fresh)).toEqual([]);
    expect(pathsOf(fresh, served)).toEqual([]);
  });

  it.each<[string, unknown, unknown, string[]]>([
    ['a value', 1, 2, ['the value']],
    ['null and an object', null, { a: 1 }, ['the value']],
    ['a number and its text', { a: 1 }, { a: '1' }, ['a']],
    ['a member that came', { a: 1 }, { a: 1, b: 2 }, ['b']],
    ['a member that went', { a: 1, b: 2 }, { a: 1 }, ['b']],
    ['a nested list', { rows: [{ id: 1 }, { id: 2 }] }, { rows: [{ id: 1 }, { id: 3 }] }, ['rows[1].id']],
    ['a longer list', [1], [1, 2], ['length', '[1]']],
    ['a list and an object', { a: [] }, { a: {} }, ['a']],
    ['dates', { at: date(1) }, { at: date(2) }, ['at']],
    ['a date and its text', { at: date(1) }, { at: date(1).toISOString() }, ['at']],
    ['Maps', new Map([['a', 1]]), new Map([['a', 2]]), ['a']],
    ['Sets', new Set([1]), new Set([2]), ['the value']],
    ['bytes', { b: new Uint8Array([1]) }, { b: new Uint8Array([2]) }, ['b']],
    ['messages of errors', new Error('a'), new Error('b'), ['message']],
    ['bigints', { a: 1n }, { a: 2n }, ['a']],
  ])('finds %s different', (_, served, fresh, paths) => {
    expect(pathsOf(served, fresh)).toEqual(paths);
  });

  it('compares instances of classes with a rule by what is stored of them', () => {
    const value = keptCopyOf({ link: new URL('https://a.test/') }, CLASSES);
    expect(pathsOf(value, { link: new URL('https://a.test/') })).toEqual([]);
    expect(pathsOf(value, { link: new URL('https://b.test/') })).toEqual(['link']);
  });

  it('ignores what patterns name, and everything below', () => {
    const [served, fresh] = [
      { a: { b: 1 }, list: [{ at: 1, n: 1 }] },
      { a: { b: 2 }, list: [{ at: 2, n: 2 }, { at: 3 }] },
    ];
    expect(pathsOf(served, fresh, ['a', 'list[].at', 'list.length'])).toEqual(['list[0].n', 'list[1]']);
    expect(pathsOf(served, fresh, ['*'])).toEqual([]);
    expect(pathsOf(served, fresh, ['*.b', 'list[]', 'list.length'])).toEqual([]);
  });

  it('finds one difference in two lists with the same elements in another order', () => {
    const [one, two, three] = [{ id: 1 }, { id: 2, tags: ['a', 'b'] }, { id: 3 }];
    const found = differencesOf({ rows: [one, two, three] }, { rows: [two, three, one] }, ALL, CLASSES);
    expect(found).toMatchObject([{ path: ['rows'], isOrder: true }]);
    expect(pathsOf([one, two], [{ ...two, tags: ['b', 'a'] }, one])).toEqual([
      '[0].id',
      '[0].tags',
      '[1].id',
      '[1].tags',
    ]);
    expect(pathsOf([one, one, two], [one, two, two])).toEqual(['[1].id', '[1].tags']);
  });

  it('takes no notice of the order of a list that has none', () => {
    const [one, two] = [{ id: 1 }, { id: 2, tags: ['a', 'b'] }];
    const turned = [{ id: 2, tags: ['b', 'a'] }, { id: 1 }];
    expect(pathsOf([one, two], turned, [], true)).toEqual([]);
    expect(pathsOf({ rows: [one, two] }, { rows: turned }, [], [toPattern('rows')])).toEqual(['rows[1].tags']);
    expect(pathsOf([1, 2, 3], [3, 4, 1], [], true)).toEqual(['[1]', '[2]']);
  });

  it('compares lists in lists in another order within a moment', () => {
    const nest = (depth: number, leaf: unknown): unknown => (depth === 0 ? leaf : [nest(depth - 1, leaf), depth]);
    expect(pathsOf(nest(60, 1), nest(60, 2))).toHaveLength(1);
  });
});

describe('verdictOf', () => {
  const look = (members: Readonly<Record<string, unknown>>) =>
    Object.entries(members).map(([name, fresh]) => ({ path: [name], served: 'served', fresh }));
  const verdict = (...looks: Readonly<Record<string, unknown>>[]) => {
    const { stale, unstable } = verdictOf(looks.map(look), CLASSES);
    return { stale: stale.map(({ path }) => showPath(path)), unstable };
  };

  it('tells stale parts from those that are different in every load', () => {
    expect(verdict({ a: 1, t: 1 }, { a: 1, t: 2 }, { a: 1, t: 3 })).toEqual({ stale: ['a'], unstable: ['t'] });
  });

  it('finds a part stale that has changed once more meanwhile', () => {
    expect(verdict({ a: 1 }, { a: 2 }, { a: 2 })).toEqual({ stale: ['a'], unstable: [] });
  });

  it('leaves out what was equal in between, or changed in the last load', () => {
    expect(verdict({ a: 1, b: 1 }, { b: 1 }, { a: 1, b: 2 })).toEqual({ stale: [], unstable: [] });
  });
});

describe('consistencyOf', () => {
  it.each([
    [100, 0, 1, 0.963, 1],
    [1000, 10, 0.99, 0.9817, 0.9946],
    [10, 10, 0, 0, 0.2775],
  ])('of %d reads with %d stale ones has the Wilson interval', (reads, stale, value, from, to) => {
    const { share } = consistencyOf(reads, stale);
    expect(share.value).toBe(value);
    expect(share.from).toBeCloseTo(from, 3);
    expect(share.to).toBeCloseTo(to, 3);
  });

  it('is given in nines too', () => {
    expect(consistencyOf(1000, 1).nines.value).toBeCloseTo(3, 10);
    expect(consistencyOf(1000, 0).nines).toMatchObject({ value: Number.POSITIVE_INFINITY });
    expect(consistencyOf(1000, 0).nines.from).toBeCloseTo(2.417, 3);
    expect(consistencyOf(0, 0).nines).toEqual({ value: null, from: 0, to: Number.POSITIVE_INFINITY });
  });
});

it('RecentChanges keeps the last 500', () => {
  const changes = new RecentChanges(new FakeClock());
  for (let id = 0; id < 600; id++) changes.addWrite(`write ${id}`, [['k', id]]);
  expect(changes.since(0)).toHaveLength(500);
  expect(changes.since(0).some(({ name }) => name === 'write 99')).toBe(false);
});

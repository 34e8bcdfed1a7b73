import { describe, expect, it } from '@jest/globals';
import { type Rule, violationsOf } from '../../support/history/checker.js';
import type { Delivery, Failure, Operation, Read, Write } from '../../support/history/operations.js';

const KEY = 'shop:0:1';

const read = (began: number, version: number | undefined, more: Partial<Read> = {}): Read => ({
  kind: 'read',
  how: 'getOrLoad',
  node: 'a',
  key: KEY,
  began,
  ended: began + 1,
  awake: 1,
  version,
  strong: false,
  isLoaded: false,
  ...more,
});
const write = (began: number, version: number, more: Partial<Write> = {}): Write => ({
  kind: 'write',
  how: 'writeThrough',
  node: 'b',
  key: KEY,
  began,
  ended: began + 10,
  awake: 10,
  version,
  ...more,
});
const delivery = (began: number, more: Partial<Delivery> = {}): Delivery => ({
  kind: 'delivery',
  node: 'b',
  began,
  ended: began + 2,
  awake: 2,
  delivered: true,
  ...more,
});

function rules(...history: Operation[]): Rule[] {
  const database = new Map([[KEY, 9]]);
  return violationsOf(history, { maxStaleness: 1000, longest: 500, database }).map(({ rule }) => rule);
}

describe('a read on another node', () => {
  const acknowledged = [write(0, 1), write(100, 2), delivery(110)];

  it('may lag by the bound', () => {
    expect(rules(...acknowledged, read(1111, 1))).toEqual([]);
  });
  it('may not lag by more', () => {
    expect(rules(...acknowledged, read(1113, 1))).toEqual(['P3']);
    expect(rules(...acknowledged, read(1113, 2))).toEqual([]);
  });
  it('may not lag at all if it is strong', () => {
    expect(rules(...acknowledged, read(113, 1, { strong: true }))).toEqual(['P4']);
    expect(rules(...acknowledged, read(113, 2, { strong: true }))).toEqual([]);
  });
  it('may return the old value if it began before the write ended', () => {
    expect(rules(...acknowledged, read(111, 1, { strong: true, ended: 5000 }))).toEqual([]);
  });
  it('may find nothing', () => {
    expect(rules(...acknowledged, read(5000, undefined))).toEqual([]);
  });
});

describe('a write', () => {
  it('counts for other nodes once an invalidation was delivered', () => {
    expect(rules(write(0, 1), delivery(20, { delivered: false }), read(5000, 0))).toEqual([]);
    const later = delivery(3000);
    expect(rules(write(0, 1), delivery(20, { delivered: false }), later, read(4000, 0), read(4003, 0))).toEqual(['P3']);
  });
  it('counts from its own invalidation, which ended with it', () => {
    const own = delivery(5, { ended: 9, of: { key: KEY, version: 1 } });
    expect(rules(write(0, 1), own, read(1008, 0), read(1010, 0))).toEqual(['P3']);
  });
  it('does not count through deliveries of another node, or ones that began before it', () => {
    expect(rules(write(0, 1), delivery(20, { node: 'c' }), delivery(5), read(5000, 0))).toEqual([]);
  });
  it('counts from the delivery that ended first of those that began after it', () => {
    expect(rules(write(0, 1), delivery(20, { ended: 2000 }), delivery(30), read(1500, 0))).toEqual(['P3']);
  });
  it('counts at once for its own node, delivered or not', () => {
    expect(rules(write(0, 1, { node: 'a' }), read(9, 0), read(11, 0))).toEqual(['P2']);
  });
  it('counts although an older one was acknowledged later', () => {
    const both = [write(0, 2), delivery(20), write(0, 1, { node: 'c' }), delivery(200, { node: 'c' })];
    expect(rules(...both, read(1300, 1))).toEqual(['P3']);
  });
});

it('rejects a value that no write made', () => {
  expect(rules(write(100, 1), read(10, 1))).toEqual(['nowhere']);
  expect(rules(read(10, 10))).toEqual(['nowhere']);
});
it('accepts the value of a writer that died before it reported', () => {
  expect(rules(read(10, 9))).toEqual([]);
});
it('expects the value of the database at the end', () => {
  expect(rules(read(10, 8, { isFinal: true }), read(10, 9, { isFinal: true }))).toEqual(['P5']);
});
it('rejects failed and slow operations', () => {
  const failure: Failure = { kind: 'failure', node: 'a', began: 0, ended: 1, awake: 1, what: 'get', error: 'no' };
  expect(rules(failure, read(0, 0, { awake: 501 }))).toEqual(['failed', 'slow']);
});

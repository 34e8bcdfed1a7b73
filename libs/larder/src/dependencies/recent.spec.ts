import { expect, it } from '@jest/globals';
import { Recent } from './recent.js';

it('keeps what is used and drops what is not', () => {
  const recent = new Recent<number, string>(4);
  recent.set(0, 'used');
  for (let key = 1; key < 20; key++) {
    recent.set(key, 'once');
    expect(recent.get(0)).toBe('used');
  }
  expect(recent.get(19)).toBe('once');
  expect(recent.get(1)).toBeUndefined();
});

it('never has more keys than its bound', () => {
  const recent = new Recent<number, number>(4);
  for (let key = 0; key < 20; key++) recent.set(key, key);
  expect(
    Array.from({ length: 20 }, (_, key) => recent.get(key)).filter((value) => value !== undefined).length,
  ).toBeLessThanOrEqual(4);
});

it('replaces a value, and forgets all', () => {
  const recent = new Recent<string, number>(4);
  recent.set('a', 1);
  recent.set('a', 2);
  expect(recent.get('a')).toBe(2);
  recent.clear();
  expect(recent.get('a')).toBeUndefined();
});

import { describe, expect, it } from '@jest/globals';
import { encodePath } from '../../keys/key.js';
import { ROOT_SLOT, Slots } from './slots.js';
import { VersionTable } from './version-table.js';

describe('VersionTable', () => {
  it('holds a stamp until one of its slots changes', () => {
    const table = new VersionTable(16);
    table.apply([3], [10]);
    const stamp = table.sequence;
    table.apply([4], [11]);
    expect(table.unchangedSince(stamp, [1, 3])).toBe(true);
    table.apply([3], [12]);
    expect(table.unchangedSince(stamp, [1, 3])).toBe(false);
    expect(table.unchangedSince(table.sequence, [1, 3])).toBe(true);
  });

  it('invalidates every stamp when the root changes', () => {
    const table = new VersionTable(16);
    const stamp = table.sequence;
    table.apply([ROOT_SLOT], [1]);
    expect(table.unchangedSince(stamp, [])).toBe(false);
  });

  it('ignores a version that is not newer', () => {
    const table = new VersionTable(16);
    table.apply([3], [10]);
    const stamp = table.sequence;
    expect(table.apply([3, 3], [10, 9])).toBe(stamp);
    expect(table.unchangedSince(stamp, [3])).toBe(true);
    expect(table.versionOf(3)).toBe(10);
  });
});

describe('Slots', () => {
  const slots = new Slots(2 ** 16);

  it('lets an entry depend on its own key, every prefix above it and its tags', () => {
    const path = encodePath(['tournaments', 'list', { page: 1 }]);
    expect(slots.ofEntry(path, ['venue:7'])).toEqual([
      slots.ofPath(path),
      slots.ofPath('tournaments'),
      slots.ofPath('tournaments:list'),
      slots.ofTag('venue:7'),
    ]);
    expect(slots.ofEntry('tournaments')).toEqual([slots.ofPath('tournaments')]);
    expect(slots.ofPath('')).toBe(ROOT_SLOT);
  });

  it('keeps first-level prefixes and tags apart from deeper keys, and both from the root', () => {
    const numbers = Array.from({ length: 20_000 }, (_, n) => n);
    const shared = numbers.flatMap((n) => [slots.ofPath(`family${n}`), slots.ofTag(`tag${n}`)]);
    const deep = numbers.map((n) => slots.ofPath(`family:${n}`));
    expect(shared).not.toContain(ROOT_SLOT);
    expect(Math.max(...shared)).toBeLessThan(slots.count / 8);
    expect(Math.min(...deep)).toBeGreaterThanOrEqual(slots.count / 8);
    expect(Math.max(...deep)).toBeLessThan(slots.count);
  });

  it('spreads similar keys evenly', () => {
    const used = new Set<number>();
    const keys = 20_000;
    for (let n = 0; n < keys; n++) used.add(slots.ofPath(`tournaments:${n}`));
    const places = (slots.count * 7) / 8;
    const expected = places * (1 - Math.exp(-keys / places));
    expect(used.size / expected).toBeGreaterThan(0.98);
  });

  it('gives a tag another slot than the prefix of the same name', () => {
    expect(slots.ofTag('tournaments')).not.toBe(slots.ofPath('tournaments'));
  });

  it('notifies listeners of every changed slot, by any method, and of no other', () => {
    const table = new VersionTable(16);
    const told: number[][] = [];
    const stop = table.listen((slots) => told.push([...slots]));
    table.apply([3, 4], [10, 10]);
    table.apply([3, 4], [10, 11]);
    table.apply([3], [9]);
    table.touch([5]);
    table.merge([0, 0, 0, 12, 11, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0], table.sequence);
    table.replace(new Float64Array(16));
    expect(told).toEqual([[3, 4], [4], [5], [3, 6], [ROOT_SLOT]]);
    stop();
    table.touch([5]);
    expect(told).toHaveLength(5);
  });
});

import { describe, expect, it } from '@jest/globals';
import { encodePath } from '../../keys/key.js';
import { DEPENDENCY_SLOTS, ROOT_SLOT, Slots } from './slots.js';
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

describe('the region of observed dependencies', () => {
  const SIZE = 16;
  const [ONE, OTHER] = [SIZE + 1, SIZE + 2];
  /** A node that began to follow at the version 100. */
  const began = () => {
    const table = new VersionTable(SIZE);
    table.beginDependencies(100, 1);
    table.reserveDependencies();
    return table;
  };

  it('ignores changes until it has a place for them', () => {
    const table = new VersionTable(SIZE);
    const stamp = table.sequence;
    table.apply([ONE], [101]);
    expect(table.sequence).toBe(stamp);
    expect(table.holds(ONE, 200)).toBe(false);
  });

  it('knows that a slot is unchanged since the node began, and asks about older entries', () => {
    const table = began();
    expect(table.holds(ONE, 100)).toBe(true);
    expect(table.holds(ONE, 99)).toBeUndefined();
    table.learn([SIZE, ONE], [1, 98]);
    expect(table.holds(ONE, 99)).toBe(true);
    expect(table.holds(ONE, 97)).toBe(false);
  });

  it('compares changes with the version of an entry, which need not have been reached here', () => {
    const table = began();
    table.apply([ONE], [105]);
    table.followDependencies(105);
    expect(table.holds(ONE, 104)).toBe(false);
    expect(table.holds(ONE, 105)).toBe(true);
    expect(table.holds(ONE, 900)).toBe(true);
    expect(table.stampedVersionOf(OTHER)).toBe(105);
  });

  it('stores an entry with the versions followed so far, not with that of an own change that overtook others', () => {
    const table = began();
    table.apply([ONE], [110]);
    expect(table.stampedVersionOf(ONE)).toBe(110);
    expect(table.stampedVersionOf(OTHER)).toBe(100);
  });

  it('counts as changed as a whole after a gap, unless nothing has changed in it', () => {
    const table = began();
    const stamp = table.sequence;
    table.beginDependencies(100, 1);
    expect(table.unchangedSince(stamp, [SIZE, ONE])).toBe(true);
    table.beginDependencies(120, 1);
    expect(table.unchangedSince(stamp, [SIZE, ONE])).toBe(false);
    expect(table.unchangedSince(stamp, [3])).toBe(true);
    expect(table.holds(ONE, 110)).toBeUndefined();
  });

  it('forgets versions of an earlier epoch, even if they were higher', () => {
    const table = began();
    table.apply([ONE], [900]);
    table.followDependencies(900);
    table.beginDependencies(50, 2);
    expect(table.holds(SIZE, 1)).toBe(false);
    expect(table.stampedVersionOf(ONE)).toBe(50);
    const stamp = table.sequence;
    table.apply([ONE], [60]);
    expect(table.unchangedSince(stamp, [ONE])).toBe(false);
  });

  it('takes a version that the journal answers for a change only if it is newer than all it has followed', () => {
    const table = began();
    table.apply([ONE], [105]);
    table.followDependencies(110);
    const stamp = table.sequence;
    table.learn([ONE, OTHER], [108, 109]);
    expect(table.unchangedSince(stamp, [SIZE, ONE, OTHER])).toBe(true);
    table.learn([ONE], [111]);
    expect(table.unchangedSince(stamp, [ONE])).toBe(false);
  });

  it('does not take a change that is not delivered for a known version', () => {
    const table = began();
    table.touch([ONE]);
    expect(table.holds(ONE, 99)).toBe(false);
  });

  it('gives dependencies slots of their own', () => {
    const slots = new Slots(SIZE);
    const found = Array.from({ length: 1000 }, (_, n) => slots.ofDependency(`items/id/${n}`));
    expect(Math.min(...found)).toBeGreaterThan(slots.dependencyRoot);
    expect(Math.max(...found)).toBeLessThan(SIZE + DEPENDENCY_SLOTS);
    expect(new Set(found).size).toBeGreaterThan(997);
    expect(slots.ofDependency('items/id', '/7')).toBe(slots.ofDependency('items/id/7'));
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

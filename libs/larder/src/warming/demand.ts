import { GroupDemand, scale } from './group-demand.js';
import { addCounts, type Counts, decayCounts, LEDGER_HALF_LIFE, noCounts } from './ledger.js';
import { piecesOf, QUARTERS_A_DAY, QUARTERS_A_WEEK, quarterOf, quarterOfDay } from './quarters.js';

/** The most keys, methods, and characters of ids and parameters that are kept. */
export const MAX_KEYS = 4000;
export const MAX_GROUPS = 100;
const MAX_CHARACTERS = 1_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** What was counted counts half after this time. */
const HALF_LIVES = { week: 21 * DAY, day: 3 * DAY, keys: 7 * DAY };
/** A longer time between two counts was not observed. */
const MAX_GAP = 10 * MINUTE;
/** When there are too many keys, the least wanted go, until this share of the places is taken. */
const KEPT_SHARE = 0.9;

/** What callers ask for, and when: by method and key. Bounded, and what was counted long ago counts less. */
export class Demand {
  readonly groups = new Map<string, GroupDemand>();
  /** Minutes for which each quarter was observed, decayed as the counts are. */
  readonly weekTime = new Float32Array(QUARTERS_A_WEEK);
  readonly dayTime = new Float32Array(QUARTERS_A_DAY);
  readonly counts: Counts = noCounts();
  /** Until when it was counted, in milliseconds since the epoch; 0 for a part that has yet to be added. */
  at: number;

  constructor(at: number) {
    this.at = at;
  }

  get size(): number {
    let size = 0;
    for (const { keys } of this.groups.values()) size += keys.size;
    return size;
  }

  /** Ages what was counted, and counts the time since then as observed. */
  passTo(now: number): void {
    const span = now - this.at;
    if (span <= 0) return;
    const factors = {
      week: 0.5 ** (span / HALF_LIVES.week),
      day: 0.5 ** (span / HALF_LIVES.day),
      keys: 0.5 ** (span / HALF_LIVES.keys),
    };
    for (const group of this.groups.values()) group.decay(factors);
    scale(this.weekTime, factors.week);
    scale(this.dayTime, factors.day);
    decayCounts(this.counts, 0.5 ** (span / LEDGER_HALF_LIFE));
    if (span <= MAX_GAP) {
      for (const { quarter, length } of piecesOf(this.at, now)) {
        const day = quarterOfDay(quarter);
        this.weekTime[quarter] = (this.weekTime[quarter] as number) + length / MINUTE;
        this.dayTime[day] = (this.dayTime[day] as number) + length / MINUTE;
      }
    }
    this.at = now;
  }

  /** The demand for a method; `undefined` if there are too many methods. */
  group(name: string): GroupDemand | undefined {
    const known = this.groups.get(name);
    if (known !== undefined || this.groups.size >= MAX_GROUPS) return known;
    const group = new GroupDemand();
    this.groups.set(name, group);
    return group;
  }

  /** Counts a key that was asked for in the minute that ends now. */
  ask(method: string, id: string, given: string, now: number): void {
    this.group(method)?.ask(id, given, quarterOf(now), now);
  }

  /** Adds what was counted elsewhere. */
  add(part: Demand): void {
    for (const [name, group] of part.groups) this.group(name)?.add(group);
    addCounts(this.counts, part.counts);
  }

  /** Removes the least wanted keys if there are too many, those asked for long ago first. */
  trim(maxKeys = MAX_KEYS): void {
    const all = [...this.groups.values()].flatMap(({ keys }) => [...keys].map(([id, key]) => ({ keys, id, key })));
    let characters = 0;
    for (const { id, key } of all) characters += id.length + key.given.length;
    if (all.length <= maxKeys && characters <= MAX_CHARACTERS) return;
    all.sort(({ key: one }, { key: other }) => one.total - other.total || one.askedAt - other.askedAt);
    let size = all.length;
    for (const { keys, id, key } of all) {
      if (size <= KEPT_SHARE * maxKeys && characters <= KEPT_SHARE * MAX_CHARACTERS) break;
      keys.delete(id);
      size--;
      characters -= id.length + key.given.length;
    }
    for (const [name, { keys }] of this.groups) if (keys.size === 0) this.groups.delete(name);
  }
}

import { HOURS_A_DAY, hourOf, QUARTERS_A_DAY, QUARTERS_A_WEEK, quarterOfDay } from './quarters.js';

/** The demand for one key. */
export interface KeyDemand {
  /** The parameters of the call, as JSON. */
  readonly given: string;
  /** Minutes in which it was asked for, by hour of the day. */
  readonly hours: number[];
  /** Their sum. */
  total: number;
  /** When it was asked for last, in milliseconds since the epoch. */
  askedAt: number;
}

/**
 * The demand for the keys of one method: the number of keys asked for in each minute, summed by quarter of the week and of the day.
 * A key counts once a minute, so that a burst of calls is not taken for demand that lasts.
 */
export class GroupDemand {
  readonly week = new Float32Array(QUARTERS_A_WEEK);
  readonly day = new Float32Array(QUARTERS_A_DAY);
  /** As {@link KeyDemand.hours}, of all keys. */
  readonly hours = new Float32Array(HOURS_A_DAY);
  readonly keys = new Map<string, KeyDemand>();
  /** Milliseconds that a value can be served after its load; 0 until it is known. */
  life = 0;

  ask(id: string, given: string, quarter: number, now: number): void {
    const hour = hourOf(quarter);
    this.#add(this.week, quarter, 1);
    this.#add(this.day, quarterOfDay(quarter), 1);
    this.#add(this.hours, hour, 1);
    const key = this.keys.get(id) ?? newKey(given);
    this.keys.set(id, key);
    key.hours[hour] = (key.hours[hour] as number) + 1;
    key.total++;
    key.askedAt = now;
  }

  add({ week, day, hours, keys, life }: GroupDemand): void {
    for (const [own, others] of [[this.week, week] as const, [this.day, day], [this.hours, hours]]) {
      others.forEach((count, place) => {
        if (count !== 0) this.#add(own, place, count);
      });
    }
    for (const [id, other] of keys) {
      const key = this.keys.get(id) ?? newKey(other.given);
      this.keys.set(id, key);
      other.hours.forEach((count, hour) => {
        key.hours[hour] = (key.hours[hour] as number) + count;
      });
      key.total += other.total;
      key.askedAt = Math.max(key.askedAt, other.askedAt);
    }
    if (life !== 0) this.life = life;
  }

  /** Lets counts count less. */
  decay(factors: { readonly week: number; readonly day: number; readonly keys: number }): void {
    scale(this.week, factors.week);
    scale(this.day, factors.day);
    scale(this.hours, factors.keys);
    for (const key of this.keys.values()) {
      for (let hour = 0; hour < HOURS_A_DAY; hour++) key.hours[hour] = (key.hours[hour] as number) * factors.keys;
      key.total *= factors.keys;
    }
  }

  #add(counts: Float32Array, place: number, count: number): void {
    counts[place] = (counts[place] as number) + count;
  }
}

export function newKey(given: string): KeyDemand {
  return { given, hours: new Array<number>(HOURS_A_DAY).fill(0), total: 0, askedAt: 0 };
}

export function scale(counts: Float32Array, factor: number): void {
  for (let place = 0; place < counts.length; place++) counts[place] = (counts[place] as number) * factor;
}

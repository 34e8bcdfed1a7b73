import type { Demand } from './demand.js';
import type { GroupDemand, KeyDemand } from './group-demand.js';
import { HOURS_A_DAY, hourOf, piecesOf, QUARTER, QUARTERS_A_DAY, QUARTERS_A_WEEK, quarterOfDay } from './quarters.js';

const MINUTE = 60_000;
const MINUTES_A_QUARTER = 15;
/** How many weeks of a quarter of the week the same quarter of all days counts for. */
const DAYS_WEIGHT = 0.5;
/** A quarter that was observed for less is not known. In minutes. */
const MIN_TIME = 1;
/** How much a key's share of the demand at all hours counts, beside its share at this hour. */
const ALL_HOURS_WEIGHT = 0.2;
/** Demand for a method that grows by this factor is a peak that begins, if there is at least so much of it. */
const SURGE = 1.5;
const MIN_SURGE = 1;
/** The longest time looked ahead. */
const MAX_LIFE = 6 * 3_600_000;

/** How often a key is expected to be asked for, in minutes in which it is. */
export interface Expectation {
  /** A minute, in the next minutes. */
  readonly soon: number;
  /** In all, as long as a value can be served that is loaded now. */
  readonly life: number;
}

/**
 * The demand for the keys of one method in the time that comes: that for the method, as at this time of the week and of the day, by the
 * key's share of it at this hour.
 */
export class Forecast {
  readonly #group: GroupDemand;
  /** By hour of the day: demand for the method, divided by what was counted at that hour. */
  readonly #soon = new Float64Array(HOURS_A_DAY);
  readonly #life = new Float64Array(HOURS_A_DAY);
  readonly #allHours: number;
  /** The time that a value can be served, as far as it is looked ahead. */
  readonly life: number;
  /** Whether a peak of the method begins. */
  readonly isSurge: boolean;

  /** @param lead milliseconds that count as soon */
  constructor(demand: Demand, group: GroupDemand, now: number, lead: number) {
    this.#group = group;
    this.life = Math.min(group.life, MAX_LIFE);
    this.#allHours = group.hours.reduce((sum, count) => sum + count, 0);
    const before = this.#asksIn(demand, now - QUARTER, now) * (lead / QUARTER);
    const soon = this.#asksIn(demand, now, now + lead);
    this.isSurge = soon >= MIN_SURGE && soon >= SURGE * before;
    this.#fill(this.#soon, demand, now, now + lead, MINUTE / lead);
    this.#fill(this.#life, demand, now, now + this.life, 1);
  }

  /** What was asked for once is not expected again, and few minutes tell little. */
  of({ hours, total }: KeyDemand): Expectation {
    const certainty = total <= 1 ? 0 : 1 - 1 / Math.sqrt(total);
    const expected = { soon: 0, life: 0 };
    if (certainty === 0 || this.#allHours === 0) return expected;
    for (let hour = 0; hour < HOURS_A_DAY; hour++) {
      const [soon, life] = [this.#soon[hour], this.#life[hour]] as [number, number];
      if (soon + life === 0) continue;
      const count = certainty * ((hours[hour] as number) + this.#priorAt(hour) * (total / this.#allHours));
      expected.soon += soon * count;
      expected.life += life * count;
    }
    return expected;
  }

  #asksIn(demand: Demand, from: number, to: number): number {
    let asks = 0;
    for (const { quarter, length } of piecesOf(from, to))
      asks += rateOf(demand, this.#group, quarter) * (length / MINUTE);
    return asks;
  }

  #fill(sums: Float64Array, demand: Demand, from: number, to: number, scale: number): void {
    for (const { quarter, length } of piecesOf(from, to)) {
      const hour = hourOf(quarter);
      const counted = (this.#group.hours[hour] as number) + this.#priorAt(hour);
      if (counted === 0) continue;
      const asks = rateOf(demand, this.#group, quarter) * (length / MINUTE) * scale;
      sums[hour] = (sums[hour] as number) + asks / counted;
    }
  }

  #priorAt(hour: number): number {
    return ALL_HOURS_WEIGHT * ((this.#group.hours[hour] as number) + this.#allHours / HOURS_A_DAY);
  }
}

/** Keys of the method asked for a minute, at a quarter of the week. What is not known is as in the quarter before it. */
function rateOf({ weekTime, dayTime }: Demand, { week, day }: GroupDemand, quarter: number): number {
  for (let back = 0; back < QUARTERS_A_DAY; back++) {
    const place = (quarter - back + QUARTERS_A_WEEK) % QUARTERS_A_WEEK;
    const ofDay = quarterOfDay(place);
    const days = (dayTime[ofDay] as number) >= MIN_TIME ? DAYS_WEIGHT : 0;
    const weeks = (weekTime[place] as number) >= MIN_TIME ? (weekTime[place] as number) / MINUTES_A_QUARTER : 0;
    if (days + weeks === 0) continue;
    const byDay = days === 0 ? 0 : (day[ofDay] as number) / (dayTime[ofDay] as number);
    const byWeek = weeks === 0 ? 0 : (week[place] as number) / (weekTime[place] as number);
    return (days * byDay + weeks * byWeek) / (days + weeks);
  }
  return 0;
}

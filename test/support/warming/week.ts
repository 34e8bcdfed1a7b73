/** A read of a key of a method, or an invalidation of it. Sorted by time. */
export interface Access {
  /** Milliseconds since the begin of the week. */
  readonly at: number;
  readonly method: number;
  readonly key: number;
  readonly isWrite: boolean;
}

export interface Week {
  readonly accesses: readonly Access[];
  /** When each peak begins, in milliseconds since the begin of the week. */
  readonly peaks: readonly number[];
  /** When each deploy ends: the new process has nothing in memory. */
  readonly deploys: readonly number[];
}

/** A method of the application. */
export interface MethodOfWeek {
  readonly name: string;
  readonly keys: number;
  /** Milliseconds. */
  readonly ttl: number;
  /** The share of the reads. */
  readonly share: number;
  /** The exponent of the popularity of its keys (Zipf). */
  readonly skew: number;
}

export interface WeekOptions {
  readonly days?: number;
  /** Reads a second at night, by day and in a peak. */
  readonly rates?: readonly [night: number, day: number, peak: number];
  readonly methods?: readonly MethodOfWeek[];
}

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const METHODS: readonly MethodOfWeek[] = [
  { name: 'Pages.article', keys: 300, ttl: 10 * MINUTE, share: 0.5, skew: 0.9 },
  { name: 'Catalog.item', keys: 250, ttl: 30 * MINUTE, share: 0.35, skew: 0.8 },
  { name: 'Reports.of', keys: 50, ttl: 20 * MINUTE, share: 0.15, skew: 0.7 },
];

/** Hours of the peaks on a working day and at the weekend, and how long they last in hours. */
const PEAKS = { working: [9, 12.5, 18.5], weekend: [11, 18.5] };
const PEAK_LENGTH = 1.5;
/** A peak begins up to this long before or after its hour. */
const PEAK_JITTER = 2 * MINUTE;
/** The share of the keys whose popularity changes each day. */
const CHURN = 0.05;
/** Invalidations for each read. */
const WRITES = 0.005;

/**
 * A week that begins on a Monday: nights, days and peaks of an hour and a half that begin within two minutes of the same times each
 * day, other ones at the weekend, and two deploys each working day. A third of the keys is read before 15:00 only, and a third
 * after. Each day a twentieth of the keys change places, and one read in 200 is followed by an invalidation.
 *
 * @param random numbers from 0 up to 1
 */
export function weekOf(
  { days = 7, rates = [0.05, 0.75, 4], methods = METHODS }: WeekOptions,
  random: () => number,
): Week {
  const [night, day, peak] = rates;
  const peaks: number[] = [];
  const deploys: number[] = [];
  for (let each = 0; each < days; each++) {
    const isWeekend = each % 7 >= 5;
    for (const hour of isWeekend ? PEAKS.weekend : PEAKS.working) {
      peaks.push(each * DAY + hour * HOUR + Math.round((2 * random() - 1) * PEAK_JITTER));
    }
    if (!isWeekend) {
      for (const [from, to] of [
        [9.5, 12],
        [14, 17.5],
      ] as const) {
        deploys.push(Math.round(each * DAY + (from + random() * (to - from)) * HOUR));
      }
    }
  }
  const isPeak = (at: number) => peaks.some((begin) => at >= begin && at < begin + PEAK_LENGTH * HOUR);
  const rateAt = (at: number) => {
    if (isPeak(at)) return peak;
    const hour = (at % DAY) / HOUR;
    return hour >= 8 && hour < 22 ? day : night;
  };
  const places = methods.map(({ keys }) => shuffledPlaces(keys, random));
  const ranks = methods.map(({ keys, skew }) => cumulative(keys, skew));
  const accesses: Access[] = [];
  let today = 0;
  for (let at = 0; ; ) {
    at += Math.max(1, Math.round((-Math.log(1 - random()) / rateAt(at)) * 1000));
    if (at >= days * DAY) break;
    for (; today < Math.floor(at / DAY); today++) for (const list of places) churn(list, random);
    const method = chosen(methods, random());
    const list = places[method] as number[];
    const key = list[below(ranks[method] as readonly number[], random())] as number;
    const place = fitting(key, at, list.length);
    accesses.push({ at, method, key: place, isWrite: false });
    if (random() < WRITES) accesses.push({ at, method, key: place, isWrite: true });
  }
  return { accesses, peaks, deploys };
}

/** Keys never asked for again, at an even rate. */
export function neverAgain(days: number, rate: number, random: () => number): Week {
  const accesses: Access[] = [];
  for (let at = 0, key = 0; at < days * DAY; key++) {
    accesses.push({ at, method: key % METHODS.length, key, isWrite: false });
    at += Math.max(1, Math.round((-Math.log(1 - random()) / rate) * 1000));
  }
  return { accesses, peaks: [], deploys: [] };
}

/** Keys that are asked for often for some minutes at a time, and then never again: the past tells nothing. */
export function passingFashions(days: number, rate: number, random: () => number): Week {
  const accesses: Access[] = [];
  const span = 8 * MINUTE;
  for (let at = 0; at < days * DAY; ) {
    const key = Math.floor(at / span) * 60 + Math.floor(random() * 60);
    accesses.push({ at, method: key % METHODS.length, key, isWrite: false });
    at += Math.max(1, Math.round((-Math.log(1 - random()) / rate) * 1000));
  }
  return { accesses, peaks: [], deploys: [] };
}

/** Keys from a large set, each as likely as the others. */
export function evenly(days: number, rate: number, keys: number, random: () => number): Week {
  const accesses: Access[] = [];
  for (let at = 0; at < days * DAY; ) {
    const key = Math.floor(random() * keys);
    accesses.push({ at, method: key % METHODS.length, key, isWrite: false });
    at += Math.max(1, Math.round((-Math.log(1 - random()) / rate) * 1000));
  }
  return { accesses, peaks: [], deploys: [] };
}

function shuffledPlaces(length: number, random: () => number): number[] {
  const list = Array.from({ length }, (_, place) => place);
  for (let last = length - 1; last > 0; last--) swap(list, last, Math.floor(random() * (last + 1)));
  return list;
}

function churn(list: number[], random: () => number): void {
  for (let change = 0; change < (CHURN * list.length) / 2; change++) {
    swap(list, Math.floor(random() * list.length), Math.floor(random() * list.length));
  }
}

function swap(list: number[], one: number, other: number): void {
  [list[one], list[other]] = [list[other] as number, list[one] as number];
}

/** A third of the keys is read at all times, one before 15:00 and one after; a read at a wrong time is of a key of all times. */
function fitting(key: number, at: number, count: number): number {
  const isMorning = (at % DAY) / HOUR < 15;
  const kind = key % 3;
  return kind === (isMorning ? 2 : 1) ? (key + (isMorning ? 1 : 2)) % count : key;
}

function cumulative(count: number, skew: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) {
    sum += rank ** -skew;
    sums.push(sum);
  }
  return sums.map((each) => each / sum);
}

function below(sums: readonly number[], point: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) < point) low = middle + 1;
    else high = middle;
  }
  return low;
}

function chosen(methods: readonly MethodOfWeek[], point: number): number {
  let sum = 0;
  for (const [place, { share }] of methods.entries()) {
    sum += share;
    if (point < sum) return place;
  }
  return methods.length - 1;
}

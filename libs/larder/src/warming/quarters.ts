/** Milliseconds. Demand is counted by quarters of an hour, in UTC, so that all processes agree. */
export const QUARTER = 900_000;
export const QUARTERS_A_DAY = 96;
export const QUARTERS_A_WEEK = 7 * QUARTERS_A_DAY;
export const HOURS_A_DAY = 24;
const QUARTERS_AN_HOUR = 4;

/** The quarter of the week: 0 is the first one of a Thursday. @param time milliseconds since the epoch */
export function quarterOf(time: number): number {
  return Math.floor(time / QUARTER) % QUARTERS_A_WEEK;
}

export function quarterOfDay(quarter: number): number {
  return quarter % QUARTERS_A_DAY;
}

/** The hour of the day of a quarter. */
export function hourOf(quarter: number): number {
  return Math.floor(quarterOfDay(quarter) / QUARTERS_AN_HOUR);
}

/** A part of a quarter. */
export interface Piece {
  readonly quarter: number;
  /** Milliseconds. */
  readonly length: number;
}

/** The quarters between two times, the first and the last in part. */
export function* piecesOf(from: number, to: number): Generator<Piece> {
  for (let time = from; time < to; ) {
    const end = Math.min(to, (Math.floor(time / QUARTER) + 1) * QUARTER);
    yield { quarter: quarterOf(time), length: end - time };
    time = end;
  }
}

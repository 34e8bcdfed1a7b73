/** The moment the seeded world stands still at: what has happened lies before it, what is planned after. */
const SEASON = Date.UTC(2026, 10, 1);

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A moment so many milliseconds after the season's start, or before it. */
export function seasonPlus(milliseconds: number): Date {
  return new Date(SEASON + milliseconds);
}

/** `['1', '2', …]`: ids of seeded rows are predictable. */
export function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}

/** The present of the seed data: past events precede it, planned ones follow. */
const SEASON = Date.UTC(2026, 10, 1);

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The date that many milliseconds after the present of the seed data; before it, if negative. */
export function seasonPlus(milliseconds: number): Date {
  return new Date(SEASON + milliseconds);
}

/** `['1', '2', …]`: ids of seeded rows are predictable. */
export function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}

import { z } from 'zod';

const DAY = 86_400_000;

/** A day in UTC, such as `2026-11-21`. */
export const day = z.iso.date().meta({ example: '2026-11-21' });
export type Day = z.infer<typeof day>;

export function dayOf(moment: number | string): Day {
  return new Date(moment).toISOString().slice(0, 10);
}

/** The last `count` days, today last. */
export function lastDays(count: number, now = Date.now()): Day[] {
  return Array.from({ length: count }, (_, index) => dayOf(now - (count - 1 - index) * DAY));
}

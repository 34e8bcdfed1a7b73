import { z } from 'zod';

/** A text of a user: not blank, and without NUL characters, which PostgreSQL cannot store. */
export function text(longest: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((value) => !value.includes('\0'), 'Must not contain a NUL character');
}

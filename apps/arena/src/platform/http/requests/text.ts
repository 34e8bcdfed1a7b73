import { z } from 'zod';

/** Text that somebody wrote: something but spaces, and nothing that PostgreSQL cannot keep. */
export function text(longest: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((value) => !value.includes('\0'), 'Must not contain a NUL character');
}

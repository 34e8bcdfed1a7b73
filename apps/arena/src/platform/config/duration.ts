import ms, { type StringValue } from 'ms';
import { z } from 'zod';

/** A duration as text such as `5s`, or milliseconds, from `least` to `most`. */
export function duration(least: StringValue, most: StringValue) {
  const takes = `a duration from ${least} to ${most}, such as 1500 (milliseconds) or 5s`;
  return z
    .string(takes)
    .regex(/^\d+(\.\d+)? ?(ms|s|m|h|d)?$/, takes)
    .transform((text) => ms(text as StringValue))
    .refine((value) => value >= ms(least) && value <= ms(most), takes);
}

/** The same, and also a number of milliseconds. */
export function milliseconds(least: StringValue, most: StringValue) {
  return z.union([z.number().transform(String), z.string()]).pipe(duration(least, most));
}

/** A variable that holds a whole number. */
export function wholeNumber(least: number, most: number) {
  const takes = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, takes)
    .transform(Number)
    .refine((number) => number >= least && number <= most, takes);
}

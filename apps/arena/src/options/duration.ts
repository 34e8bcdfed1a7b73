import ms, { type StringValue } from 'ms';
import { z } from 'zod';

/** A variable that holds a duration: milliseconds, or text such as `5s`, from `least` to `most`. */
export function duration(least: StringValue, most: StringValue) {
  const takes = `a duration from ${least} to ${most}, such as 1500 (milliseconds) or 5s`;
  return z
    .string()
    .regex(/^\d+(\.\d+)? ?(ms|s|m|h|d)?$/, takes)
    .transform((text) => ms(text as StringValue))
    .refine((milliseconds) => milliseconds >= ms(least) && milliseconds <= ms(most), takes);
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

import bytes from 'bytes';
import ms, { type StringValue } from 'ms';

/** Milliseconds, or a string of the `ms` package: `'5m'`, `'1h'`. */
export type Duration = number | StringValue;

/** Bytes, or a string of the `bytes` package: `'64mb'`. */
export type Size = number | `${number}${'' | ' '}${'b' | 'kb' | 'mb' | 'gb' | 'B' | 'KB' | 'MB' | 'GB'}`;

/** Milliseconds of a duration above zero, `Infinity` included; `undefined` for anything else. */
export function toMilliseconds(duration: unknown): number | undefined {
  const parsed = typeof duration === 'string' && fitsMs(duration) ? ms(duration as StringValue) : duration;
  return typeof parsed === 'number' && parsed > 0 ? parsed : undefined;
}

/** Bytes of a size above zero; `undefined` for anything else. */
export function toBytes(size: unknown): number | undefined {
  const wellFormed = typeof size === 'number' || (typeof size === 'string' && /^\d+(\.\d+)? ?([kmg]?b)?$/i.test(size));
  const parsed = wellFormed ? bytes.parse(size as string | number) : null;
  return parsed !== null && parsed > 0 ? parsed : undefined;
}

/** `ms` throws for an empty text and for a very long one. */
function fitsMs(duration: string): boolean {
  return duration.length > 0 && duration.length <= 100;
}

import ms, { type StringValue } from 'ms';

/** Milliseconds, or a string of the `ms` package: `'5m'`, `'1h'`. */
export type Duration = number | StringValue;

/** Bytes, or a number with a unit, of which the next is 1,024 times as large: `'64mb'`. */
export type Size = number | `${number}${'' | ' '}${'b' | 'kb' | 'mb' | 'gb' | 'B' | 'KB' | 'MB' | 'GB'}`;

/** Milliseconds of a duration above zero, `Infinity` included; `undefined` for anything else. */
export function toMilliseconds(duration: unknown): number | undefined {
  const parsed = typeof duration === 'string' && fitsMs(duration) ? ms(duration as StringValue) : duration;
  return typeof parsed === 'number' && parsed > 0 ? parsed : undefined;
}

/** Bytes of a size above zero; `undefined` for anything else. */
export function toBytes(size: unknown): number | undefined {
  const parsed = typeof size === 'string' ? parseSize(size) : size;
  return typeof parsed === 'number' && parsed > 0 ? parsed : undefined;
}

/** Units as in the package `bytes`, which the main entry point does not load: that takes longer than this. */
const UNITS = ['', 'k', 'm', 'g'];

function parseSize(size: string): number | undefined {
  const [matched, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(?:([kmg]?)b)?$/i.exec(size) ?? [];
  return matched === undefined ? undefined : Math.floor(Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
}

/** `ms` throws for an empty text and for a very long one. */
function fitsMs(duration: string): boolean {
  return duration.length > 0 && duration.length <= 100;
}

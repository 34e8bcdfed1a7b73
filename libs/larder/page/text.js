const NONE = '–';
const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fractions = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const count = (value) => (value === null || value === undefined ? NONE : numbers.format(value));

export const percent = (share) => (share === null || share === undefined ? NONE : `${fractions.format(100 * share)} %`);

/** Milliseconds. */
export function time(value) {
  if (value === null || value === undefined) return NONE;
  if (value < 0) return `${time(-value)} ago`;
  if (value > 0 && value < 0.1) return `${fractions.format(value * 1000)} µs`;
  if (value < 10) return `${fractions.format(value)} ms`;
  if (value < 1000) return `${numbers.format(value)} ms`;
  if (value < 60_000) return `${fractions.format(value / 1000)} s`;
  if (value < 3_600_000) return `${numbers.format(value / 60_000)} min`;
  if (value < 172_800_000) return `${fractions.format(value / 3_600_000)} h`;
  return `${numbers.format(value / 86_400_000)} days`;
}

export function size(bytes) {
  if (bytes === null || bytes === undefined) return NONE;
  if (bytes < 1024) return `${numbers.format(bytes)} B`;
  if (bytes < 1024 * 1024) return `${fractions.format(bytes / 1024)} KB`;
  return `${fractions.format(bytes / 1024 / 1024)} MB`;
}

/** A TTL as a method declares it: milliseconds, or a duration. */
export const ttl = (given) => (typeof given === 'number' ? time(given) : (given ?? NONE));

export const clock = (at) => new Date(at).toLocaleTimeString('en-GB');

export const day = (at) => new Date(at).toLocaleString('en-GB', { dateStyle: 'short', timeStyle: 'medium' });

export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

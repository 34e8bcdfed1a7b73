/** A share as a percentage. */
export function percent(share: number): string {
  const figure = 100 * share;
  return `${Math.abs(figure) < 10 ? Number(figure.toFixed(1)) : Math.round(figure)} %`;
}

const TIME_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** A time span in the largest unit of which it has at least one, as options take it. */
export function time(milliseconds: number): string {
  const [unit, length] = TIME_UNITS.find(([, least]) => milliseconds >= least) ?? ['ms', 1];
  return `${Number((milliseconds / length).toFixed(1))}${unit}`;
}

/** A size as options take it. */
export function size(bytes: number): string {
  const [unit, length] = bytes >= 2 ** 20 ? ['MB', 2 ** 20] : ['KB', 2 ** 10];
  return `${Number((bytes / (length as number)).toFixed(1))} ${unit}`;
}

export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

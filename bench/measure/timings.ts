import { median, range } from './figures.js';
import { ratiosTo, type Timings } from './rounds.js';
import { printTable } from './table.js';

/** Prints timings beside a reference, the fastest first. */
export function printTimings(title: string, reference: string, timings: Timings): void {
  const ratios = ratiosTo(reference, timings);
  const rows = [...timings.keys()]
    .toSorted((one, other) => median(ratios.get(other) ?? []) - median(ratios.get(one) ?? []))
    .map((name) => {
      const toReference = ratios.get(name) ?? [];
      const nanoseconds = median(timings.get(name) ?? []).toFixed(0);
      return [name, nanoseconds, median(toReference).toFixed(3), range(toReference, 3)];
    });
  printTable([title, 'ns', `speed to ${reference}`, 'least–most'], rows);
}

/** The median of a candidate's speed relative to another, over the rounds. */
export function speedOf(name: string, reference: string, timings: Timings): number {
  return median(ratiosTo(reference, timings).get(name) ?? []);
}

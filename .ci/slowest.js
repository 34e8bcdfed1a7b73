import { relative } from 'node:path';

/** The slowest specs, one per line: seconds and path. */
export function slowest(specs, count) {
  return specs
    .map(({ name, start, end }) => ({ name: relative(process.cwd(), name), seconds: (end - start) / 1000 }))
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, count)
    .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`);
}

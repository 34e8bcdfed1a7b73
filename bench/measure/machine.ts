import { availableParallelism, loadavg } from 'node:os';

/** The machine and its load at the time of a measurement. */
export function describeRun(what: string): string {
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${what}. Node ${process.version}, ${availableParallelism()} cores, load ${load} at the start.\n`;
}

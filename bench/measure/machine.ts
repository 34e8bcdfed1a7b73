import { availableParallelism, loadavg } from 'node:os';

/** Where and under what load figures were taken. */
export function describeRun(what: string): string {
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${what}. Node ${process.version}, ${availableParallelism()} cores, load ${load} at the start.\n`;
}

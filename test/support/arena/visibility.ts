import { until } from '../until.js';
import type { FleetArena } from './arena-fleet.js';

/**
 * The delay between the response to a change on one arena and its visibility on the other, in milliseconds: the median of
 * many changes, alternating between the arenas.
 */
export async function medianVisibility(arenas: readonly FleetArena[], changes: number): Promise<number> {
  const delays: number[] = [];
  for (let change = 0; change < changes; change++) {
    const [writer, reader] = [arenas[change % 2], arenas[(change + 1) % 2]] as [FleetArena, FleetArena];
    delays.push(await visibility(writer, reader, `Open no. ${change} of ${performance.now()}`));
  }
  return median(delays);
}

/** The changed tournament; no other writer may change it meanwhile. */
const TOURNAMENT = 100;

async function visibility(writer: FleetArena, reader: FleetArena, name: string): Promise<number> {
  // Fills the reader's cache with a value that the change makes stale.
  await reader.nameOf(TOURNAMENT);
  await writer.rename(TOURNAMENT, name);
  const answered = performance.now();
  await until(async () => (await reader.nameOf(TOURNAMENT)) === name);
  return performance.now() - answered;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

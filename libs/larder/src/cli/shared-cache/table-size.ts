/** Three numbers behind the versions, the run id of the server and the marker: see `redis-cache/journal/version-scripts.ts`. */
const TRAILER_BYTES = 3 * 8 + 40 + 8;

/** The number of slots of a version table with this many bytes; not a whole number if the bytes are no table. */
export function slotsOfTable(bytes: number): number {
  return (bytes - TRAILER_BYTES) / 8;
}

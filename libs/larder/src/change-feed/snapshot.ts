/** What PostgreSQL's text of a snapshot says: `xmin:xmax:xip_list`. */
export interface Snapshot {
  /** All transactions below this one had ended. */
  readonly xmin: bigint;
  /** This one and those above had not begun, or not ended. */
  readonly xmax: bigint;
  /** Those between that were under way. */
  readonly running: readonly string[];
}

export function parseSnapshot(text: string): Snapshot {
  const [xmin = '0', xmax = '0', running = ''] = text.split(':');
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), running: running === '' ? [] : running.split(',') };
}

/** A PostgreSQL snapshot, parsed from `xmin:xmax:xip_list`. */
export interface Snapshot {
  /** All transactions with lower ids had ended. */
  readonly xmin: bigint;
  /** Transactions with this or a higher id had not ended. */
  readonly xmax: bigint;
  /** Transactions in between that were running. */
  readonly running: readonly string[];
}

export function parseSnapshot(text: string): Snapshot {
  const [xmin = '0', xmax = '0', running = ''] = text.split(':');
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), running: running === '' ? [] : running.split(',') };
}

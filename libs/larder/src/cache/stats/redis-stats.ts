/** Statistics of the Redis servers, over all masters. */
export interface RedisStats {
  /** The versions that run, each once: several during a rolling upgrade. */
  readonly versions: readonly string[];
  /** Bytes in use now, and the sum of each server's peak since its start. */
  readonly memoryUsed: number;
  readonly memoryPeak: number;
  /** Connections of all clients. */
  readonly clients: number;
  /** Keys in this database, those of other programs too. */
  readonly keys: number;
  /** Key lookups of all clients since the servers started that found the key: 0 to 1; `null` before the first lookup. */
  readonly hitRate: number | null;
}

/** The Redis servers. */
export interface Servers {
  /** The state of the circuit breaker of commands: while it is `open`, they are refused; `probing`: one is tried. */
  readonly circuit: 'closed' | 'open' | 'probing';
  /** @throws LarderRedisError if a server does not answer within its timeout */
  stats(): Promise<RedisStats>;
}

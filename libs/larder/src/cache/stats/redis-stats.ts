/** What the servers of Redis say of themselves, over all masters where there are several. */
export interface RedisStats {
  /** The versions they run, each once: several while servers are being replaced. */
  readonly versions: readonly string[];
  /** Bytes that they take now, and the most that each took since it started. */
  readonly memoryUsed: number;
  readonly memoryPeak: number;
  /** Connections of all clients. */
  readonly clients: number;
  /** Keys in the database that is used, whoever put them there. */
  readonly keys: number;
  /** Of all keys that anybody looked up since the servers started, how many were there: 0 to 1; `null` before the first. */
  readonly hitRate: number | null;
}

/** The servers that hold what all nodes share. */
export interface Servers {
  /** @throws LarderRedisError if one of them does not answer within its timeout */
  stats(): Promise<RedisStats>;
}

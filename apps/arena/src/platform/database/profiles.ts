/** Limits of an arena's connections and statements. */
export interface DatabaseLimits {
  /** Maximum number of connections. */
  readonly poolSize: number;
  /** How long a request waits for a connection of the pool, returned or new, in milliseconds. */
  readonly poolTimeout: number;
  /** How long a new connection may take, in milliseconds; at most {@link poolTimeout}. */
  readonly connectTimeout: number;
  /** After how long an idle connection is closed, in milliseconds. */
  readonly idleTimeout: number;
  /** How long a statement may run, in milliseconds; then the server cancels it. */
  readonly statementTimeout: number;
  /** How long a statement waits for a lock, in milliseconds. */
  readonly lockTimeout: number;
  /** How long a transaction may be idle, in milliseconds; then the server ends it and releases its locks. */
  readonly idleInTransactionTimeout: number;
  /** How many arenas share the server, this one included. */
  readonly processes: number;
}

export const PROFILE_NAMES = ['development', 'production', 'high-traffic'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Sets of limits; `README.md` gives the reasons for the values. */
export const PROFILES: Readonly<Record<ProfileName, Omit<DatabaseLimits, 'processes'>>> = {
  development: {
    poolSize: 5,
    poolTimeout: 10_000,
    connectTimeout: 10_000,
    idleTimeout: 10_000,
    statementTimeout: 30_000,
    lockTimeout: 10_000,
    idleInTransactionTimeout: 60_000,
  },
  production: {
    poolSize: 20,
    poolTimeout: 30_000,
    connectTimeout: 10_000,
    idleTimeout: 30_000,
    statementTimeout: 10_000,
    lockTimeout: 5_000,
    idleInTransactionTimeout: 30_000,
  },
  'high-traffic': {
    poolSize: 50,
    poolTimeout: 30_000,
    connectTimeout: 10_000,
    idleTimeout: 60_000,
    statementTimeout: 5_000,
    lockTimeout: 2_000,
    idleInTransactionTimeout: 10_000,
  },
};

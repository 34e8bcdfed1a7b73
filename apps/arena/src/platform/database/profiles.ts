/** How many connections an arena holds, and how long anything may take that it asks of the database. */
export interface DatabaseLimits {
  /** Connections at most. */
  readonly poolSize: number;
  /** How long a request waits for a connection of the pool, in milliseconds: one that another gives back, or a new one. */
  readonly poolTimeout: number;
  /** How long a new connection may take, in milliseconds; no longer than {@link poolTimeout}. */
  readonly connectTimeout: number;
  /** For how long a connection is kept that nobody needs, in milliseconds. */
  readonly idleTimeout: number;
  /** For one statement, in milliseconds; the server ends it then. */
  readonly statementTimeout: number;
  /** For a lock that others hold, in milliseconds. */
  readonly lockTimeout: number;
  /** For a transaction that asks nothing, in milliseconds; the server ends it then, and its locks with it. */
  readonly idleInTransactionTimeout: number;
  /** How many arenas share the server, this one included. */
  readonly processes: number;
}

export const PROFILE_NAMES = ['development', 'production', 'high-traffic'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Limits that go together; `README.md` says why they are what they are. */
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

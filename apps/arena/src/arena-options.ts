import { resolve } from 'node:path';
import type { AdapterKind } from 'nest-larder/realtime';
import { z } from 'zod';
import {
  type IntegrationOptions,
  integrationOptionsOf,
  integrationVariables,
  missingInProduction,
  SECRET_VARIABLES,
} from './features/integrations/integration-variables.js';
import { larderProblems } from './larder-problems.js';
import { DEFAULT_DATA_DIR } from './platform/config/data-dir.js';
import { databaseUrl, withoutPassword } from './platform/config/database-url.js';
import { databaseLimitsOf, databaseVariables } from './platform/config/database-variables.js';
import { duration, wholeNumber } from './platform/config/duration.js';
import { docsOf, variable } from './platform/config/variable.js';
import type { DatabaseOptions } from './platform/database/open-database.js';
import type { DatabaseLimits } from './platform/database/profiles.js';
import { StartProblem } from './platform/lifecycle/start-problem.js';

/** The options of arena, from environment variables. */
export interface ArenaOptions extends DatabaseOptions {
  /** The port that arena listens on; 0 for any free port. `PORT`, 3000 by default. */
  readonly port: number;
  /** `DATABASE_URL` */
  readonly databaseUrl: string | undefined;
  /** `ARENA_DATA_DIR`, `apps/arena/.data` by default. */
  readonly dataDir: string;
  /** How events reach the sockets of other arenas on the same Redis. `ARENA_SOCKET_ADAPTER`, `classic` by default. */
  readonly socketAdapter: AdapterKind;
  /** Whether a new database is filled with demo data, and its users may sign in. `ARENA_DEMO_DATA`; by default only the embedded one, not in production. */
  readonly demoData?: boolean;
  /** How many trusted proxies stand in front of arena, for the addresses of clients. `ARENA_PROXIES`, 0 by default. */
  readonly proxies?: number;
  /** Other origins whose pages may call the routes and open sockets. `ARENA_ORIGINS` */
  readonly origins?: readonly string[];
  /** How long pending updates are cached, in milliseconds. `ARENA_PENDING_UPDATES_TTL`, 5 minutes by default. */
  readonly pendingUpdatesTtl?: number;
  /** Whether debug lines of the cache and of jobs are shown. `LARDER_LOG`, `info` by default. */
  readonly log?: 'info' | 'debug';
  /** `ARENA_DATABASE_…` */
  readonly databaseLimits: DatabaseLimits;
  /** Options of connected accounts. */
  readonly integrations: IntegrationOptions;
  /** The token for the routes below `/admin`; without it these routes do not exist. `LARDER_ADMIN_TOKEN` */
  readonly adminToken: string | undefined;
  /** The token of `/metrics`; without it the route does not exist. `ARENA_METRICS_TOKEN` */
  readonly metricsToken?: string;
  /** A port that serves `/metrics` and nothing else, without a token. `ARENA_METRICS_PORT` */
  readonly metricsPort?: number;
  /** Whether arena publishes its statistics for the other arenas; unset, `LARDER_FLEET_STATS` decides. */
  readonly publishesStats?: boolean;
  /** Whether the dashboard of the cache is open. `LARDER_DASHBOARD`, by default not in production. */
  readonly dashboard?: boolean;
  /** Whether jobs have a queue to show, which needs Redis. `LARDER_REDIS_URL` */
  readonly hasQueue: boolean;
  /** Whether changes of other programs in the database invalidate the cache. `LARDER_CHANGE_FEED`, true by default. */
  readonly changeFeed: boolean;
  /** The URL of the database for the change feed; default: that of arena. `LARDER_CHANGE_FEED_URL` */
  readonly changeFeedUrl: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ADAPTERS = ['classic', 'sharded', 'streams'] as const satisfies readonly AdapterKind[];
const PORT = 'a whole number from 0 (any free port) to 65535';

const environment = z.object({
  PORT: variable(
    z
      .string()
      .regex(/^\d{1,5}$/, PORT)
      .transform(Number)
      .refine((port) => port <= 65_535, PORT)
      .default(3000),
    '3000',
    'The port of arena; 0 takes any free port.',
  ),
  DATABASE_URL: variable(
    databaseUrl.optional(),
    'postgres://user:password@localhost:5432/arena',
    'A PostgreSQL of your own. Unset: arena starts an embedded one, and stops it at its end. The parameters connection_limit, ' +
      'pool_timeout and connect_timeout (seconds) set limits too.',
  ),
  ARENA_DATA_DIR: variable(
    z
      .string()
      .default(DEFAULT_DATA_DIR)
      .transform((path) => resolve(path)),
    'apps/arena/.data',
    'Where the embedded PostgreSQL keeps its data.',
  ),
  // Larder reports invalid values of its own variables.
  LARDER_CHANGE_FEED: z.stringbool().default(true).catch(true),
  LARDER_DASHBOARD: z.stringbool().optional().catch(undefined),
  LARDER_LOG: z.enum(['info', 'debug']).default('info').catch('info'),
  ARENA_SOCKET_ADAPTER: variable(
    z.enum(ADAPTERS, `one of ${ADAPTERS.join(', ')}`).default('classic'),
    'classic',
    'How events reach the sockets of other arenas on the same Redis: classic, sharded or streams (docs/realtime.md).',
  ),
  ARENA_DEMO_DATA: variable(
    z.stringbool('on or off (true or false, yes or no, 1 or 0)').optional(),
    'on',
    'Whether a new database is filled with demo data, and its users (password: arena) may sign in. Unset: only the embedded ' +
      'database, and not in production.',
  ),
  ARENA_PROXIES: variable(
    wholeNumber(0, 10).default(0),
    '0',
    'How many proxies of yours stand in front of arena; limits count the address that the outermost of them saw.',
  ),
  ARENA_ORIGINS: variable(
    z
      .string()
      .transform((text) => text.split(',').map((origin) => origin.trim()))
      .refine((origins) => origins.every(isOrigin), "origins such as 'https://app.example.com', separated by commas")
      .optional(),
    '',
    'Other origins whose pages may call the routes and open sockets, separated by commas, such as https://app.example.com. Unset: none.',
  ),
  ARENA_PENDING_UPDATES_TTL: variable(
    duration('1s', '1d').optional(),
    '5m',
    'How long the pending updates of a deployment are cached, unless its version or the releases of its product change.',
  ),
  ARENA_METRICS_TOKEN: variable(
    z
      .string()
      .regex(/^[!-~]{16,1024}$/, '16 to 1024 visible ASCII characters without spaces')
      .optional(),
    '',
    'Opens /metrics for Prometheus, as a bearer token (ops/). Unset: the route does not exist.',
  ),
  ARENA_METRICS_PORT: variable(
    wholeNumber(0, 65_535).optional(),
    '',
    'A port that serves /metrics and nothing else, without a token; keep it inside your network. Unset: none.',
  ),
  ...databaseVariables,
  ...integrationVariables,
});

const SECRETS = [...SECRET_VARIABLES, 'ARENA_METRICS_TOKEN'];

/** The variables of arena alone, as `.env.example` shows them. */
export function arenaVariables() {
  return docsOf(environment.shape);
}

/**
 * Reads the options from environment variables; an empty variable counts as not set. Larder reads its own variables from the same
 * environment; its problems are part of the same error, before anything is started.
 *
 * @throws StartProblem that lists every invalid variable, and every unknown variable with the prefix `ARENA_`
 */
export async function readOptions(env: Environment): Promise<ArenaOptions> {
  const read = environment.safeParse(withoutEmpty(env));
  const wrong = (read.error?.issues ?? []).map((issue) => wrongValue(issue, env));
  const isProduction = env.NODE_ENV === 'production';
  const missing = isProduction ? missingInProduction(read.data ?? {}) : [];
  const problems = [...wrong, ...missing, ...unknownVariables(env), ...(await larderProblems())];
  if (!read.success || problems.length > 0) throw new StartProblem(problems);
  const {
    PORT: port,
    DATABASE_URL: databaseUrl,
    ARENA_DATA_DIR: dataDir,
    ARENA_SOCKET_ADAPTER: socketAdapter,
  } = read.data;
  // `larderProblems` has checked that the admin token is hard to guess.
  return {
    port,
    databaseUrl,
    dataDir,
    socketAdapter,
    demoData: read.data.ARENA_DEMO_DATA ?? (!isProduction && databaseUrl === undefined),
    proxies: read.data.ARENA_PROXIES,
    ...(read.data.ARENA_ORIGINS !== undefined && { origins: read.data.ARENA_ORIGINS }),
    ...(read.data.ARENA_PENDING_UPDATES_TTL !== undefined && {
      pendingUpdatesTtl: read.data.ARENA_PENDING_UPDATES_TTL,
    }),
    ...(read.data.ARENA_METRICS_TOKEN !== undefined && { metricsToken: read.data.ARENA_METRICS_TOKEN }),
    ...(read.data.ARENA_METRICS_PORT !== undefined && { metricsPort: read.data.ARENA_METRICS_PORT }),
    ...(!env.LARDER_FLEET_STATS && { publishesStats: true }),
    databaseLimits: databaseLimitsOf(read.data, databaseUrl, isProduction),
    integrations: integrationOptionsOf(read.data),
    dashboard: read.data.LARDER_DASHBOARD ?? !isProduction,
    adminToken: env.LARDER_ADMIN_TOKEN || undefined,
    hasQueue: Boolean(env.LARDER_REDIS_URL),
    log: read.data.LARDER_LOG,
    changeFeed: read.data.LARDER_CHANGE_FEED,
    changeFeedUrl: env.LARDER_CHANGE_FEED_URL || undefined,
  };
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function wrongValue({ path, message }: z.core.$ZodIssue, env: Environment): string {
  const name = String(path[0]);
  if (SECRETS.includes(name)) return `invalid ${name} (not shown): expected ${message}`;
  return `invalid ${name}: got '${withoutPassword(env[name] ?? '')}', expected ${message}`;
}

function unknownVariables(env: Environment): string[] {
  const known = Object.keys(environment.shape).filter((name) => !name.startsWith('LARDER_'));
  return Object.keys(env)
    .filter((name) => name.startsWith('ARENA_') && !known.includes(name))
    .map((name) => `unknown environment variable ${name}; arena has ${known.join(', ')}`);
}

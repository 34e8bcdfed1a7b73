import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import type { CacheEvent, LarderOptions } from 'nest-larder';
import { ChangeFeed } from 'nest-larder/change-feed';
import { startArena } from '../../../apps/arena/src/arena.js';
import type { ArenaOptions } from '../../../apps/arena/src/arena-options.js';
import type { IntegrationOptions } from '../../../apps/arena/src/features/integrations/integration-variables.js';
import { PROFILES } from '../../../apps/arena/src/platform/database/profiles.js';
import { urlOf } from '../../../apps/arena/src/platform/lifecycle/listen.js';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { FakeClock } from '../../../libs/larder/src/testing/fake-clock.js';
import { until } from '../until.js';
import { countedHeader, statementsCausedBy, statementsDuring } from './statements.js';

interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Arena in this process, on a new database of its own. */
export interface RunningArena {
  readonly url: string;
  readonly dataDir: string;
  get<Body>(path: string, token?: string): Promise<Answer<Body>>;
  send<Body>(method: 'POST' | 'PATCH' | 'DELETE', path: string, token?: string, body?: unknown): Promise<Answer<Body>>;
  /** The token of a seeded player. */
  signIn(player: number): Promise<string>;
  /** The statements that the requests of the work send to the database, and not arena's background work. */
  statementsOf(work: () => Promise<unknown>): Promise<readonly string[]>;
  /** The number of these statements. */
  queriesOf(work: () => Promise<unknown>): Promise<number>;
  /** The number of statements that arena sends to the database until the work has ended, caused by it or not. */
  allQueriesOf(work: () => Promise<unknown>): Promise<number>;
  /** Waits until the change feed, if it is on, has delivered everything committed before. Advances a fake clock for that. */
  feedHasRead(): Promise<void>;
  close(): Promise<void>;
}

interface ArenaTold {
  /** The token of its admin routes. */
  readonly adminToken?: string;
  readonly integrations?: Partial<IntegrationOptions>;
  /** Default: on, as users have it; `npm run forgotten-targets` turns it off. */
  readonly changeFeed?: boolean;
  readonly demoData?: boolean;
  readonly origins?: readonly string[];
  readonly pendingUpdatesTtl?: number;
  readonly metricsToken?: string;
  readonly metricsPort?: number;
  /** Not removed when arena is closed. */
  readonly dataDir?: string;
}

/** @param options of its cache, such as a fake clock, and of arena itself */
export async function runArena({
  adminToken,
  integrations,
  changeFeed = process.env.LARDER_TEST_CHANGE_FEED !== 'off',
  dataDir: given,
  demoData = true,
  origins = [],
  pendingUpdatesTtl,
  metricsToken,
  metricsPort,
  ...caching
}: Omit<LarderOptions, 'changeFeed'> & ArenaTold = {}): Promise<RunningArena> {
  const dataDir = given ?? (await newDataDir());
  const told = {
    ...TOLD,
    dataDir,
    adminToken,
    changeFeed,
    demoData,
    origins,
    ...(pendingUpdatesTtl !== undefined && { pendingUpdatesTtl }),
    ...(metricsToken !== undefined && { metricsToken }),
    ...(metricsPort !== undefined && { metricsPort }),
    integrations: { ...TOLD.integrations, ...integrations },
  };
  let warmed = 0;
  const onEvent = (event: CacheEvent) => {
    if (event.type === 'warmed' || event.type === 'warming-failed') warmed++;
  };
  if (!changeFeed) process.env.LARDER_CHANGE_FEED = 'off';
  const app = await startArena(told, { onEvent, ...caching }).finally(() => {
    if (!changeFeed) delete process.env.LARDER_CHANGE_FEED;
  });
  // Warming at the start would add queries to those that a test counts.
  if (caching.warming !== false) await until(() => warmed >= CRITICAL_METHODS);
  // Other specs test arena's log, in a process of its own.
  Logger.overrideLogger(false);
  const url = urlOf(app);

  const ask = async <Body>(method: string, path: string, token?: string, body?: unknown): Promise<Answer<Body>> => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...countedHeader(),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };

  return {
    url,
    dataDir,
    get: (path, token) => ask('GET', path, token),
    send: ask,
    signIn: async (player) => {
      const credentials = { email: `player${player}@arena.test`, password: 'arena' };
      return (await ask<{ token: string }>('POST', '/auth/sign-in', undefined, credentials)).body.token;
    },
    statementsOf: statementsCausedBy,
    queriesOf: async (work) => (await statementsCausedBy(work)).length,
    allQueriesOf: statementsDuring,
    feedHasRead: async () => {
      if (!changeFeed) return;
      const { clock = new SystemClock() } = caching;
      const feed = app.get(ChangeFeed);
      const asked = clock.elapsed();
      await until(() => {
        if (clock instanceof FakeClock) clock.advance(FEED_STEP);
        const now = clock.elapsed();
        const { sinceRead = Number.POSITIVE_INFINITY } = feed.status();
        return now - sinceRead > asked;
      });
    },
    close: async () => {
      await app.close();
      if (given === undefined) await rm(dataDir, { recursive: true });
    },
  };
}

/** The dashboards in use, and the first pages of tournaments, items and the feed. */
const CRITICAL_METHODS = 4;

/** Milliseconds per step by which a fake clock is advanced while the change feed reads. */
const FEED_STEP = 10;

/** The options of an arena with an empty environment, except that it takes any free port. */
export const TOLD: Omit<ArenaOptions, 'dataDir'> = {
  port: 0,
  databaseUrl: undefined,
  adminToken: undefined,
  hasQueue: false,
  socketAdapter: 'classic',
  changeFeed: true,
  changeFeedUrl: undefined,
  databaseLimits: { ...PROFILES.development, poolSize: 10, processes: 1 },
  integrations: { providers: [], tokenKeys: undefined, publicUrl: undefined, providerTimeout: 5_000 },
};

/** A new data folder with a seeded database, as after a first start of arena. */
export async function newDataDir(): Promise<string> {
  const dataDir = await emptyDataDir();
  const seeded = process.env.LARDER_TEST_DATA_DIR;
  // PostgreSQL runs as the owner of the files; `cp -a` keeps that owner, and Node's copy does not.
  if (seeded !== undefined) await promisify(execFile)('cp', ['-a', join(seeded, 'postgres'), dataDir]);
  return dataDir;
}

/** An empty data folder, for tests of the first start. */
export async function emptyDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'arena-'));
}

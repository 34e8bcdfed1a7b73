import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../apps/arena/src/arena-options.js';
import { PROFILES } from '../../apps/arena/src/platform/database/profiles.js';
import { arenaProcesses } from '../support/arena/arena-processes.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const arenas = arenaProcesses();

interface Health {
  readonly details: { readonly database: { readonly pool: Readonly<Record<string, number>> } };
}

const limitsOf = async (env: Readonly<Record<string, string>>) => (await readOptions(env)).databaseLimits;

describe('the limits of the database', () => {
  it('are those of the profile: production in production', async () => {
    expect(await limitsOf({})).toEqual({ ...PROFILES.development, processes: 1 });
    expect(await limitsOf({ NODE_ENV: 'production' })).toMatchObject(PROFILES.production);
    const named = { NODE_ENV: 'production', ARENA_DATABASE_PROFILE: 'high-traffic' };
    expect(await limitsOf(named)).toMatchObject(PROFILES['high-traffic']);
  });

  it('are those of the variables, in every profile', async () => {
    const limits = await limitsOf({
      ARENA_DATABASE_PROFILE: 'high-traffic',
      ARENA_DATABASE_POOL_SIZE: '7',
      ARENA_DATABASE_STATEMENT_TIMEOUT: '1m',
      ARENA_DATABASE_PROCESSES: '3',
    });
    expect(limits).toEqual({
      ...PROFILES['high-traffic'],
      poolSize: 7,
      statementTimeout: 60_000,
      processes: 3,
    });
  });

  it("are those of the URL's parameters, unless a variable overrides them", async () => {
    const DATABASE_URL = 'postgres://me@localhost/arena?connection_limit=7&pool_timeout=12&connect_timeout=4';
    const inUrl = { poolSize: 7, poolTimeout: 12_000, connectTimeout: 4_000 };
    expect(await limitsOf({ DATABASE_URL })).toEqual({ ...PROFILES.development, ...inUrl, processes: 1 });
    const variables = { ARENA_DATABASE_POOL_SIZE: '9', ARENA_DATABASE_POOL_TIMEOUT: '3s' };
    expect(await limitsOf({ DATABASE_URL, ...variables })).toMatchObject({
      poolSize: 9,
      poolTimeout: 3_000,
      connectTimeout: 4_000,
    });
    const wrong = { DATABASE_URL: 'postgres://me:secret@localhost/arena?connection_limit=many&pool_timeout=0' };
    await expect(readOptions(wrong)).rejects.toMatchObject({
      problems: [
        expect.stringMatching(
          /^invalid DATABASE_URL: got '.*', expected a whole number from 2 to 10000 in connection_limit$/,
        ),
        expect.stringMatching(
          /^invalid DATABASE_URL: got '.*', expected a whole number from 1 to 300 in pool_timeout$/,
        ),
      ],
    });
    await expect(readOptions(wrong)).rejects.not.toMatchObject({ problems: [expect.stringContaining('secret')] });
  });

  it.each([
    ['development', 5, 10_000],
    ['production', 20, 30_000],
    ['high-traffic', 50, 30_000],
  ] as const)('of %s are %i connections, and a wait of %i ms', (profile, poolSize, poolTimeout) => {
    expect(PROFILES[profile]).toMatchObject({ poolSize, poolTimeout, connectTimeout: 10_000 });
  });

  it('are all rejected by name in one message', async () => {
    const wrong = readOptions({
      ARENA_DATABASE_PROFILE: 'fast',
      ARENA_DATABASE_POOL_SIZE: '1',
      ARENA_DATABASE_LOCK_TIMEOUT: 'soon',
    });
    await expect(wrong).rejects.toMatchObject({
      problems: [
        "invalid ARENA_DATABASE_PROFILE: got 'fast', expected one of development, production, high-traffic",
        "invalid ARENA_DATABASE_POOL_SIZE: got '1', expected a whole number from 2 to 10000",
        expect.stringMatching(/^invalid ARENA_DATABASE_LOCK_TIMEOUT: got 'soon', expected a duration from 100ms to 1h/),
      ],
    });
  });
});

describe('the page about watching connections', () => {
  it("has statements that the server accepts and that list arena's connections", async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/connections.md'), 'utf8');
    const statements = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, statement]) => statement as string);
    expect(statements).toHaveLength(5);
    const url = await arenas.start({}).ready();
    await fetch(`${url}/v1/tournaments/1`);
    const database = await SideDoor.open(arenas.dataDir);
    const [byProgram, ...others] = await Promise.all(statements.map((statement) => database.run(statement)));
    expect(byProgram).toContainEqual({ application_name: 'arena', state: 'idle', connections: expect.any(String) });
    expect(others).toHaveLength(4);
    await database.close();
  }, 60_000);
});

describe('a server with too few connections for all pools', () => {
  it('prevents a start, and the error names settings that would fit', async () => {
    const arena = arenas.start({ ARENA_DATABASE_POOL_SIZE: '30', ARENA_DATABASE_PROCESSES: '4' });
    expect(await arena.exitCode()).toBe(1);
    expect(arena.complaints).toBe(
      'Arena cannot start:\n  - ARENA_DATABASE_POOL_SIZE is 30 and ARENA_DATABASE_PROCESSES is 4; together they take 132 ' +
        'connections, 3 beside each pool included, but the server gives 97 (max_connections 100, of which 3 are reserved). ' +
        'Set the pool size to 21 or less, or raise max_connections.\n',
    );
  }, 60_000);

  it('accepts the settings that the error names', async () => {
    await arenas.start({ ARENA_DATABASE_POOL_SIZE: '21', ARENA_DATABASE_PROCESSES: '4' }).ready();
  }, 60_000);
});

describe('a database that is slow', () => {
  const SLOW = /^The database did not answer in time/;

  it.each([
    ['a lock', { ARENA_DATABASE_LOCK_TIMEOUT: '300ms' }, 'lock timeout'],
    ['a statement', { ARENA_DATABASE_STATEMENT_TIMEOUT: '300ms' }, 'statement timeout'],
  ])(
    'times out for %s; the client receives 503 with Retry-After',
    async (_, env, reason) => {
      const arena = arenas.start(env);
      const url = await arena.ready();
      const database = await SideDoor.open(arenas.dataDir);
      await database.whileLocked('tournaments', async () => {
        const answer = await fetch(`${url}/v1/tournaments/1`);
        expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
        expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(SLOW) });
      });
      await database.close();
      expect(arena.output).toContain(reason);
      expect((await fetch(`${url}/v1/tournaments/1`)).status).toBe(200);
    },
    60_000,
  );

  it('opens no more connections than its pool; a request that gets none receives 503 with Retry-After', async () => {
    const arena = arenas.start({
      ARENA_DATABASE_POOL_SIZE: '3',
      ARENA_DATABASE_POOL_TIMEOUT: '3s',
      // The pool alone limits the requests, and they alone use it.
      LARDER_WARMING: 'off',
      ARENA_DATABASE_LOCK_TIMEOUT: '60s',
      ARENA_DATABASE_STATEMENT_TIMEOUT: '60s',
    });
    const url = await arena.ready();
    const pool = async () => ((await (await fetch(`${url}/health`)).json()) as Health).details.database.pool;
    const ready = () => fetch(`${url}/health/ready`);
    const database = await SideDoor.open(arenas.dataDir);
    const waiting = () => database.run('select from pg_locks where not granted');
    let held: Promise<Response>[] = [];
    await database.whileLocked('tournaments', async () => {
      held = [1, 2, 3].map((id) => fetch(`${url}/v1/tournaments/${id}`));
      await until(async () => (await waiting()).length === 3);
      const late = fetch(`${url}/v1/tournaments/4`);
      // Health queries the database too, and waits in the same queue.
      const { waiting: queued, ...used } = await pool();
      expect(used).toEqual({ inUse: 3, idle: 0, limit: 3 });
      expect(queued).toBeGreaterThanOrEqual(2);
      expect((await late).status).toBe(503);
      expect(await waiting()).toHaveLength(3);
      expect([(await ready()).status, (await fetch(`${url}/health/live`)).status]).toEqual([503, 200]);
    });
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await until(async () => (await pool()).waiting === 0);
    expect(await pool()).toMatchObject({ waiting: 0, limit: 3 });
    expect((await ready()).status).toBe(200);
    await database.close();
  }, 60_000);
});

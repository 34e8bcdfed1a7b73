import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readOptions } from '../../apps/arena/src/arena-options.js';
import { PROFILES } from '../../apps/arena/src/platform/database/profiles.js';
import { newDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

let dataDir: string;
const started: ArenaProcess[] = [];

function start(env: Readonly<Record<string, string>>): ArenaProcess {
  const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir, ...env });
  started.push(arena);
  return arena;
}

beforeAll(async () => {
  dataDir = await newDataDir();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((arena) => arena.stop()));
});
afterAll(() => rm(dataDir, { recursive: true }));

const limitsOf = async (env: Readonly<Record<string, string>>) => (await readOptions(env)).databaseLimits;

describe('the limits of the database', () => {
  it('are those of the profile, which is production in production', async () => {
    expect(await limitsOf({})).toEqual({ ...PROFILES.development, processes: 1 });
    expect(await limitsOf({ NODE_ENV: 'production' })).toMatchObject(PROFILES.production);
    const named = { NODE_ENV: 'production', ARENA_DATABASE_PROFILE: 'high-traffic' };
    expect(await limitsOf(named)).toMatchObject(PROFILES['high-traffic']);
  });

  it('are what a variable says, whatever the profile', async () => {
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

  it('are objected to by name, all at once', async () => {
    const wrong = readOptions({
      ARENA_DATABASE_PROFILE: 'fast',
      ARENA_DATABASE_POOL_SIZE: '1',
      ARENA_DATABASE_LOCK_TIMEOUT: 'soon',
    });
    await expect(wrong).rejects.toMatchObject({
      problems: [
        "ARENA_DATABASE_PROFILE is 'fast'; it takes development, production, high-traffic",
        "ARENA_DATABASE_POOL_SIZE is '1'; it takes a whole number from 2 to 10000",
        expect.stringMatching(/^ARENA_DATABASE_LOCK_TIMEOUT is 'soon'; it takes a duration from 100ms to 1h/),
      ],
    });
  });
});

describe('a server without room for all pools', () => {
  it('keeps arena from starting, and the problem says what would fit', async () => {
    const arena = start({ ARENA_DATABASE_POOL_SIZE: '30', ARENA_DATABASE_PROCESSES: '4' });
    expect(await arena.exitCode()).toBe(1);
    expect(arena.complaints).toBe(
      'Arena cannot start:\n  - ARENA_DATABASE_POOL_SIZE is 30 and ARENA_DATABASE_PROCESSES is 4; together they take 128 ' +
        'connections, 2 beside each pool included, but the server gives 97 (max_connections 100, of which 3 are reserved). ' +
        'Set the pool size to 22 or less, or raise max_connections.\n',
    );
  }, 60_000);

  it('has room for what the problem says', async () => {
    await start({ ARENA_DATABASE_POOL_SIZE: '22', ARENA_DATABASE_PROCESSES: '4' }).ready();
  }, 60_000);
});

describe('a database that is slow', () => {
  const SLOW = /^The database did not answer in time/;

  it.each([
    ['a lock', { ARENA_DATABASE_LOCK_TIMEOUT: '300ms' }, 'lock timeout'],
    ['a statement', { ARENA_DATABASE_STATEMENT_TIMEOUT: '300ms' }, 'statement timeout'],
  ])(
    'is waited for only so long for %s; the client is told to come back',
    async (_, env, reason) => {
      const arena = start(env);
      const url = await arena.ready();
      const database = await SideDoor.open(dataDir);
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

  it('gets no more connections than the pool has, and who finds none is told to come back', async () => {
    const arena = start({ ARENA_DATABASE_POOL_SIZE: '3', ARENA_DATABASE_CONNECT_TIMEOUT: '3s' });
    const url = await arena.ready();
    const database = await SideDoor.open(dataDir);
    const waiting = () => database.run('select from pg_locks where not granted');
    let held: Promise<Response>[] = [];
    await database.whileLocked('tournaments', async () => {
      held = [1, 2, 3].map((id) => fetch(`${url}/v1/tournaments/${id}`));
      await until(async () => (await waiting()).length === 3);
      expect((await fetch(`${url}/v1/tournaments/4`)).status).toBe(503);
      expect(await waiting()).toHaveLength(3);
    });
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await database.close();
  }, 60_000);
});

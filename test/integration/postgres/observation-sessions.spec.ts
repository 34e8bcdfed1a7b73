import { AsyncResource } from 'node:async_hooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Pool, type PoolClient } from 'pg';
import { QueryObserver } from '../../../libs/larder/src/dependencies/observation/query-observer.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

/** Outside all loads, as a library with contexts of its own may be. */
const ground = new AsyncResource('ground');

let server: PostgresServer;
let url: string;
let pool: Pool;
let client: PoolClient;
let observer: QueryObserver;

beforeAll(async () => {
  server = await PostgresServer.start();
  ({ url } = await server.newDatabase());
  await server.query(
    'create table items (id int primary key, name text); insert into items values (7, $$seven$$)',
    url,
  );
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  pool = new Pool({ connectionString: url });
  pool.on('error', () => {});
  observer = new QueryObserver();
  observer.observe(pool);
  await observer.ready();
  client = await pool.connect();
});
afterEach(async () => {
  client.release(true);
  observer.stop();
  await pool.end();
});

const READ = 'select name from items';
const BEGUN_BEFORE = 'a transaction began before the load';

async function observed(...texts: string[]): Promise<unknown> {
  const { observation } = await observer.run(async () => {
    for (const text of texts) await client.query(text);
  });
  return 'queries' in observation ? observation.queries.map(({ text }) => text) : observation.reason;
}

async function sent(...texts: string[]): Promise<void> {
  for (const text of texts) await client.query(text);
}

describe('rule 6: a load inside a transaction', () => {
  it.each([
    'begin',
    'start transaction isolation level repeatable read',
    'begin isolation level serializable read only',
  ])('is usable if `%s` ran inside it', async (begin) => {
    expect(await observed(begin, READ, 'savepoint a', READ, 'rollback to a', 'commit')).toEqual([READ, READ]);
    expect(await observed(READ)).toEqual([READ]);
  });

  it('is usable with settings that change no meaning', async () => {
    const settings = [
      'set transaction isolation level repeatable read',
      "set local statement_timeout = '5s'",
      "set application_name = 'x'",
    ];
    expect(await observed('begin', ...settings, READ, 'commit')).toEqual([READ]);
    expect(await observed('begin', 'set local search_path = public', READ, 'commit')).toBe('the session was changed');
  });

  it('is not cached if the transaction began before', async () => {
    await sent('begin');
    expect(await observed(READ)).toBe(BEGUN_BEFORE);
    await sent('commit');
    expect(await observed(READ)).toEqual([READ]);
  });

  it('is not cached if another load began the transaction', async () => {
    expect(await observed('begin', READ)).toEqual([READ]);
    expect(await observed(READ)).toBe(BEGUN_BEFORE);
    expect(await observed('commit', 'begin', READ)).toEqual([READ]);
    expect(await observed('commit and chain', READ)).toBe(BEGUN_BEFORE);
    await sent('rollback');
  });

  it('is not cached after a snapshot that is older than the load, whatever says so', async () => {
    const stale = async () => {
      const { value, observation } = await observer.run(async () => (await client.query(READ)).rows[0].name);
      return [value, 'reason' in observation];
    };
    for (const begin of [
      ['begin isolation level repeatable read'],
      ["set default_transaction_isolation = 'repeatable read'", 'begin'],
      ['begin', 'set transaction isolation level serializable'],
    ]) {
      await sent(...begin, READ);
      await server.query("update items set name = 'changed'", url);
      expect(await stale()).toEqual(['seven', true]);
      await sent('rollback');
      await server.query("update items set name = 'seven'", url);
    }
  });

  it('is not cached if it imports a snapshot', async () => {
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query('begin isolation level repeatable read');
    const [row] = (await other.query('select pg_export_snapshot() as id')).rows;
    await server.query("update items set name = 'changed'", url);
    expect(
      await observed('begin isolation level repeatable read', `set transaction snapshot '${row.id}'`, READ, 'commit'),
    ).toBe('the transaction imports a snapshot');
    await other.end();
    await server.query("update items set name = 'seven'", url);
  });

  it('is not cached if it reads from a cursor of SQL', async () => {
    await sent('begin', `declare earlier cursor with hold for ${READ}`, 'commit');
    expect(await observed('fetch all from earlier')).toBe('the statement FETCH is not a read');
  });

  it('is not cached if the transaction has written, even where the load did not', async () => {
    const { observation } = await observer.run(async () => {
      await client.query('begin');
      await ground.runInAsyncScope(() => client.query('update items set name = name'));
      await client.query(READ);
      await client.query('commit');
    });
    expect(observation).toEqual({ reason: 'the transaction has written' });
  });

  it('is not cached after an error, until the connection is outside the transaction', async () => {
    await sent('begin');
    await client.query('select nonsense').catch(() => {});
    expect(await observed('rollback', READ)).toEqual([READ]);
  });

  it('knows a transaction that began before the connection was observed', async () => {
    observer.stop();
    await sent('begin');
    observer = new QueryObserver();
    observer.observe(pool);
    await observer.ready();
    expect(await observed(READ)).toBe(BEGUN_BEFORE);
    expect(await observed('commit', READ)).toEqual([READ]);
  });
});

describe('rule 17: the session', () => {
  it.each([
    ['set search_path = pg_catalog, public', 'the session has another search_path: pg_catalog, public'],
    [
      "select set_config('search_path', 'pg_catalog, public', false)",
      'the session has another search_path: pg_catalog, public',
    ],
    ['create temp table items (id int, name text)', 'the session has temporary tables'],
    ['create table pg_temp.items (id int, name text)', 'the session has temporary tables'],
    ['select 1 as id into temp items', 'the session has temporary tables'],
    ['set row_security = off', 'row_security of the session is off'],
    ['set transform_null_equals = on', 'transform_null_equals of the session is on'],
    ['set array_nulls = off', 'array_nulls of the session is off'],
    ['set standard_conforming_strings = off', 'standard_conforming_strings of the session is off'],
  ])('after `%s`', async (text, reason) => {
    expect(await observed(READ)).toEqual([READ]);
    await sent(text);
    const { observation } = await observer.run(() => client.query('select 1'));
    expect(observation).toEqual({ reason });
    await sent('discard all');
    expect(await observed(READ)).toEqual([READ]);
  });

  it('after a function that changes search_path', async () => {
    await server.query(
      "create function away() returns void language sql as $$ select set_config('search_path', 'pg_catalog, public', false) $$",
      url,
    );
    expect(await observed(READ)).toEqual([READ]);
    await sent('select away()');
    expect(await observed(READ)).toBe('the session has another search_path: pg_catalog, public');
  });

  it('with another role', async () => {
    await server.query('create role reader; grant select on items to reader', url);
    await sent('set role reader');
    expect(await observed(READ)).toBe('the session has another role: reader tester');
  });

  it('that writes values otherwise than the first one of its pool', async () => {
    expect(await observed(READ)).toEqual([READ]);
    await sent("set timezone = 'Asia/Kolkata'");
    expect(await observed(READ)).toContain('the session writes values otherwise: TimeZone Asia/Kolkata');
  });

  it('after a setting that ended with its transaction', async () => {
    await sent('begin', 'set local search_path = pg_catalog, public');
    await client.query(READ);
    await sent('commit');
    expect(await observed(READ)).toEqual([READ]);
    await sent('begin', 'set search_path = pg_catalog, public', 'rollback');
    expect(await observed(READ)).toEqual([READ]);
  });

  it('of another database', async () => {
    const { url: elsewhere } = await server.newDatabase();
    const other = new Pool({ connectionString: elsewhere });
    const { observation } = await observer.run(() => other.query('select 1'));
    await other.end();
    expect(observation).toEqual({ reason: 'the connection leads to another database' });
  });

  it('of a server that has been restarted', async () => {
    client.release(true);
    await server.restart();
    client = await pool.connect();
    expect(await observed(READ)).toMatch(/^the server has started again since it was asked last/);
    await observer.ready();
    expect(await observed(READ)).toEqual([READ]);
  });
});

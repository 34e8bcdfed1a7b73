import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { Database } from '../../../apps/arena/src/platform/database/database.js';
import { pooledDatabase } from '../../../apps/arena/src/platform/database/pooled-database.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

let server: PostgresServer;
let pool: Pool;
let database: Database;

beforeAll(async () => {
  server = await PostgresServer.start();
});
beforeEach(() => {
  // A pool of one connection: if a transaction does not return it, the next query times out.
  pool = new Pool({ connectionString: server.url, max: 1, connectionTimeoutMillis: 5_000 });
  pool.on('connect', (client) => client.on('error', () => {}));
  database = pooledDatabase(pool);
});
afterEach(() => pool.end());
afterAll(() => server.stop());

const pid = 'select pg_backend_pid() pid';
const pidNow = async () => (await database.execute(pid)).rows[0]?.pid;

it('returns its connection when BEGIN fails', async () => {
  const wrong = { isolationLevel: 'none such' as 'serializable' };
  await expect(database.transaction(async () => 'never', wrong)).rejects.toMatchObject({ cause: { code: '42601' } });
  expect(await pidNow()).toEqual(expect.any(Number));
});

it('returns its connection when it is lost in the transaction, and the next one gets another', async () => {
  const before = await pidNow();
  const lost = database.transaction(async (transaction) => {
    await server.query(`select pg_terminate_backend(${before})`);
    await transaction.execute(pid);
  });
  await expect(lost).rejects.toThrow();
  expect(await pidNow()).not.toBe(before);
});

it('keeps its connection when the work throws, and rethrows the error', async () => {
  const before = await pidNow();
  const refused = new Error('refused');
  const failed = database.transaction(async (transaction) => {
    await transaction.execute('create table never ()');
    throw refused;
  });
  await expect(failed).rejects.toBe(refused);
  expect(await pidNow()).toBe(before);
  const { rows } = await database.execute("select to_regclass('never') found");
  expect(rows).toEqual([{ found: null }]);
});

it('resolves with the result of the work, once it is committed', async () => {
  const made = await database.transaction(async (transaction) => {
    await transaction.execute('create table made ()');
    return 'made';
  });
  expect(made).toBe('made');
  expect(await server.query(`select to_regclass('made')::text found`)).toEqual([{ found: 'made' }]);
});

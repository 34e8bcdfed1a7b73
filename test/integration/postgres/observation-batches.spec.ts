import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import DataLoader from 'dataloader';
import { Client, Pool } from 'pg';
import { QueryObserver } from '../../../libs/larder/src/dependencies/observation/query-observer.js';
import { defer } from '../../support/defer.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

let server: PostgresServer;
let url: string;
let pool: Pool;
let observer: QueryObserver;
let loader: DataLoader<number, string>;

beforeAll(async () => {
  server = await PostgresServer.start();
  ({ url } = await server.newDatabase());
  await server.query(
    'create table items (id int primary key, name text); insert into items select n, $$item $$ || n from generate_series(1, 9) n',
    url,
  );
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  pool = new Pool({ connectionString: url });
  // Connections that are closing when the server stops.
  pool.on('error', () => {});
  observer = new QueryObserver();
  observer.observe(pool);
  await observer.ready();
  loader = new DataLoader(async (ids) => {
    const { rows } = await pool.query(BATCH, [ids]);
    return ids.map((id) => rows.find((row) => row.id === id)?.name);
  });
});
afterEach(async () => {
  observer.stop();
  await pool.end();
});

const ONE = 'select name from items where id = $1';
const BATCH = 'select id, name from items where id = any($1)';
const SLOW = 'select name, pg_sleep(0.05) from items where id = $1';

async function observed(load: () => unknown): Promise<unknown> {
  const { observation } = await observer.run(load);
  return 'queries' in observation
    ? observation.queries.map(({ text, values }) => [text, ...values])
    : observation.reason;
}

describe('rule 5: a query that several loads wait for', () => {
  it('belongs to each load of a batch', async () => {
    const seen = await Promise.all([1, 2, 3].map((id) => observed(() => loader.load(id))));
    expect(seen).toEqual(Array(3).fill([[BATCH, [1, 2, 3]]]));
  });

  it('belongs to each load of a batch, besides its own', async () => {
    const seen = await Promise.all([
      observed(() => loader.load(1)),
      observed(async () => {
        const name = loader.load(2);
        await name;
        await pool.query(ONE, [2]);
      }),
    ]);
    expect(seen).toEqual([
      [[BATCH, [1, 2]]],
      [
        [BATCH, [1, 2]],
        [ONE, 2],
      ],
    ]);
  });

  it('belongs to a load that joins a batch which code outside loads began', async () => {
    const [, seen] = await Promise.all([loader.load(1), observed(() => loader.load(2))]);
    expect(seen).toEqual([[BATCH, [1, 2]]]);
  });

  it('makes a load uncacheable if another load had sent it before', async () => {
    const memo: { promise?: Promise<unknown> } = {};
    const client = await pool.connect();
    const first = observed(() => {
      memo.promise = client.query(SLOW, [1]);
      return memo.promise;
    });
    const second = observed(async () => {
      await memo.promise;
      await pool.query(ONE, [2]);
    });
    expect(await first).toEqual([[SLOW, 1]]);
    client.release();
    expect(await second).toBe('it may have waited for a query that another load had sent before it began');
  });

  it('makes a load uncacheable if it failed, or if its transaction had begun before', async () => {
    const failing = new DataLoader(async (ids: readonly number[]) => {
      await pool.query('select nonsense');
      return ids;
    });
    const swallow = (id: number) => failing.load(id).catch(() => pool.query(ONE, [id]));
    expect(await Promise.all([observed(() => swallow(1)), observed(() => swallow(2))])).toEqual([
      'a query failed',
      'it may have waited for a query that failed',
    ]);

    const client = await pool.connect();
    const inside = new DataLoader(async (ids: readonly number[]) => {
      await client.query(BATCH, [ids]);
      return ids;
    });
    const begun = defer<void>();
    const first = observed(async () => {
      await client.query('begin');
      const one = inside.load(1);
      begun.resolve();
      await one;
      await client.query('commit');
    });
    const joined = begun.promise.then(() => observed(() => inside.load(2)));
    expect(await first).toEqual([[BATCH, [1, 2]]]);
    client.release();
    expect(await joined).toBe('it may have waited for a query of a transaction that had begun before it');
  });

  it.each([
    ['as a promise, as of Sequelize', (client: Promise<Client>) => client],
    ['as an operation with a promise, as of Knex', (promise: Promise<Client>) => ({ promise })],
  ])('belongs to no load that waits for a connection of a pool of an ORM, which gives it %s', async (_, given) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const orm = new SinglePool(client, given);
    observer.observeWaits(orm);
    const ids = [1, 2, 3, 4];
    const seen = await Promise.all(
      ids.map((id) =>
        observed(async () => {
          const waited = orm.acquire();
          const own = await ('promise' in waited ? waited.promise : waited);
          await own.query(ONE, [id]);
          orm.release();
        }),
      ),
    );
    await client.end();
    expect(seen).toEqual(ids.map((id) => [[ONE, id]]));
  });

  it('belongs to no load that waits for its own queries, connections and loads', async () => {
    const ids = [1, 2, 3, 4, 5, 6];
    const seen = await Promise.all(
      ids.map((id) =>
        observed(async () => {
          await pool.query(ONE, [id]);
          await observed(() => pool.query(SLOW, [id]));
          await pool.query(ONE, [id]);
        }),
      ),
    );
    expect(seen).toEqual(
      ids.map((id) => [
        [ONE, id],
        [ONE, id],
      ]),
    );
  });
});

type Acquired = Promise<Client> | { promise: Promise<Client> };

/** A pool with one connection, whose waiters are called where it is given back. */
class SinglePool {
  readonly #waiting: ((client: Client) => void)[] = [];
  #isFree = true;

  constructor(
    private readonly client: Client,
    private readonly given: (client: Promise<Client>) => Acquired,
  ) {}

  acquire(): Acquired {
    return this.given(
      new Promise((resolve) => {
        if (!this.#isFree) this.#waiting.push(resolve);
        else resolve(this.client);
        this.#isFree = false;
      }),
    );
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isFree = true;
    else next(this.client);
  }
}

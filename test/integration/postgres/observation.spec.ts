import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Pool, type PoolClient, Query } from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { QueryObserver } from '../../../libs/larder/src/dependencies/observation/query-observer.js';
import type { Observation } from '../../../libs/larder/src/dependencies/observed-query.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

let server: PostgresServer;
let url: string;
let pool: Pool;
let observer: QueryObserver;

beforeAll(async () => {
  server = await PostgresServer.start();
  ({ url } = await server.newDatabase());
  await server.query(
    'create table items (id int primary key, name text); insert into items select n, $$item $$ || n from generate_series(1, 400) n',
    url,
  );
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  pool = new Pool({ connectionString: url, max: 2 });
  // Connections that are closing when the server stops.
  pool.on('error', () => {});
  observer = new QueryObserver();
  observer.observe(pool);
  await observer.ready();
});
afterEach(async () => {
  observer.stop();
  await pool.end();
});

const ONE = 'select id, name from items where id = $1';

function textsOf(observation: Observation): unknown {
  return 'queries' in observation
    ? observation.queries.map(({ text, values }) => [text, ...values])
    : observation.reason;
}

async function observed(load: () => unknown): Promise<unknown> {
  return textsOf((await observer.run(load)).observation);
}

async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

const called = (send: (callback: (error: Error | null, result: unknown) => void) => unknown) =>
  new Promise((resolve, reject) => {
    send((error, result) => (error ? reject(error) : resolve(result)));
  });

describe('rule 1: every way to send a statement', () => {
  it('tells text, values, rows and fields', async () => {
    const { value, observation } = await observer.run(async () => (await pool.query(ONE, [7])).rows[0].name);
    expect(value).toBe('item 7');
    const tableID = Number((await server.query("select 'items'::regclass::oid", url))[0]?.oid);
    expect(observation).toEqual({
      queries: [
        {
          text: ONE,
          values: [7],
          rows: [[7, 'item 7']],
          fields: [
            { name: 'id', tableID, columnID: 1, dataTypeID: 23 },
            { name: 'name', tableID, columnID: 2, dataTypeID: 25 },
          ],
        },
      ],
    });
  });

  const WAYS: Record<string, () => unknown> = {
    'pool.query with a promise': () => pool.query(ONE, [7]),
    'pool.query with a callback': () => called((callback) => pool.query(ONE, [7], callback)),
    'pool.query with a configuration': () => pool.query({ text: ONE, values: [7] }),
    'pool.query with a configuration and values': () => pool.query({ text: ONE }, [7]),
    'client.query with a promise': () => withClient((client) => client.query(ONE, [7])),
    'client.query with a callback': () =>
      withClient((client) => called((callback) => client.query(ONE, [7], callback))),
    'a callback inside the configuration': () =>
      withClient((client) => called((callback) => client.query({ text: ONE, values: [7], callback } as never))),
    'a client that a callback got': () =>
      called((callback) =>
        pool.connect((_error, client, release) => {
          client?.query(ONE, [7], (error, result) => {
            release();
            callback(error, result);
          });
        }),
      ),
    'a Query with events': () =>
      withClient(
        (client) =>
          new Promise((resolve, reject) => {
            client
              .query(new Query(ONE, [7]))
              .on('end', resolve)
              .on('error', reject);
          }),
      ),
    'a cursor': () =>
      withClient(async (client) => {
        const cursor = client.query(new Cursor(ONE, [7]));
        const rows = await cursor.read(10);
        await cursor.close();
        return rows;
      }),
    'a stream': () => withClient((client) => client.query(new QueryStream(ONE, [7])).toArray()),
    'rows as arrays': () => pool.query({ text: ONE, values: [7], rowMode: 'array' }),
    'pages of rows': () => pool.query({ text: ONE, values: [7], rows: 1 } as never),
  };
  it.each(Object.keys(WAYS))('sees %s', async (way) => {
    // Cursors keep values as they send them.
    const value = way === 'a cursor' || way === 'a stream' ? '7' : 7;
    expect(await observed(WAYS[way] as () => unknown)).toEqual([[ONE, value]]);
  });

  it('sees a client of its own, before it is connected', async () => {
    const client = new Client({ connectionString: url });
    const { observation } = await observer.run(async () => {
      const answer = client.query(ONE, [7]);
      await client.connect();
      return answer;
    });
    await client.end();
    expect(textsOf(observation)).toEqual([[ONE, 7]]);
  });

  it('sends a lazy query inside the load', async () => {
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
      then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) =>
        pool.query(ONE, [7]).then(resolve, reject),
    };
    expect(await observed(() => lazy)).toEqual([[ONE, 7]]);
  });

  it('keeps and sends values as they were when the statement was given', async () => {
    const text = 'select id from items where id = any($1)';
    for (const asConfiguration of [false, true]) {
      const { value, observation } = await observer.run(() =>
        withClient(async (client) => {
          const ids = [7, 8];
          const answer = asConfiguration ? client.query({ text, values: [ids] }) : client.query(text, [ids]);
          ids.push(9);
          return (await answer).rows;
        }),
      );
      expect(value).toEqual([{ id: 7 }, { id: 8 }]);
      expect(observation).toMatchObject({ queries: [{ text, values: [[7, 8]], rows: [[7], [8]] }] });
    }
  });

  it('keeps rows as the server told them', async () => {
    const { observation } = await observer.run(async () => {
      const { rows } = await pool.query(ONE, [7]);
      rows[0].id = 99;
      return rows;
    });
    expect(observation).toMatchObject({ queries: [{ rows: [[7, 'item 7']] }] });
  });

  it('keeps rows in the order of their columns, without values of objects that two columns share', async () => {
    const text = 'select id, name, id from items where id = 7';
    const { observation } = await observer.run(async () => {
      await pool.query({ text, rowMode: 'array' });
      await pool.query(text);
      await pool.query('select id from items');
    });
    expect(observation).toMatchObject({
      queries: [
        { rows: [[7, 'item 7', 7]] },
        { rows: [[expect.any(Symbol), 'item 7', expect.any(Symbol)]] },
        { rows: undefined, fields: [{ name: 'id' }] },
      ],
    });
  });

  it('knows the text of a prepared statement that is repeated by its name', async () => {
    await withClient(async (client) => {
      await client.query({ name: 'one', text: ONE, values: [1] });
      expect(await observed(() => client.query({ name: 'one', values: [7] } as never))).toEqual([[ONE, 7]]);
      observer.stop();
      await client.query({ name: 'unseen', text: ONE, values: [1] });
      observer.observe(pool);
      expect(await observed(() => client.query({ name: 'unseen', values: [7] } as never))).toBe(
        'a prepared statement was sent by its name, and its text is not known',
      );
    });
  });

  it('sees several reads in one text', async () => {
    const text = 'select 1; select id from items';
    expect(await observed(() => pool.query(text))).toEqual([[text]]);
  });
});

describe('rule 1: each query belongs to its own load', () => {
  const ids = Array.from({ length: 24 }, (_, n) => n + 1);
  const SENDERS: Record<string, (id: number) => unknown> = {
    promises: (id) => pool.query(ONE, [id]),
    callbacks: (id) => called((callback) => pool.query(ONE, [id], callback)),
    'a query in the callback of another': (id) =>
      called((callback) => pool.query(ONE, [id], () => pool.query(ONE, [id], callback))),
    'a query at the rows of another': async (id) => {
      const client = await pool.connect();
      return new Promise((resolve, reject) => {
        const query = client.query(new Query(ONE, [id]));
        query.on('row', () => resolve(pool.query(ONE, [id])));
        query.on('end', () => client.release()).on('error', reject);
      });
    },
  };
  it.each(Object.keys(SENDERS))('with a saturated pool: %s', async (name) => {
    const send = SENDERS[name] as (id: number) => unknown;
    const seen = await Promise.all(
      ids.map(async (id) => {
        const texts = await observed(() => send(id));
        return [...new Set((texts as unknown[][]).map(([, value]) => value))];
      }),
    );
    // Rule 5: a load that waits for the rows of a query with events may seem to wait for the query of another load.
    const mayHaveMore = name === 'a query at the rows of another';
    expect(seen).toEqual(ids.map((id) => (mayHaveMore ? expect.arrayContaining([id]) : [id])));
  });

  it('what waits for a connection outside loads is in no load', async () => {
    const others: Promise<unknown>[] = [];
    const seen = await Promise.all(
      ids.map((id) => {
        others.push(called((callback) => pool.query('update items set name = name where id = $1', [id], callback)));
        return observed(() => pool.query(ONE, [id]));
      }),
    );
    await Promise.all(others);
    expect(seen).toEqual(ids.map((id) => [[ONE, id]]));
  });

  it('a load inside another keeps its queries for itself', async () => {
    let inner: unknown;
    const outer = await observed(async () => {
      await pool.query(ONE, [1]);
      inner = await observed(() => pool.query(ONE, [2]));
      await pool.query(ONE, [3]);
    });
    expect([outer, inner]).toEqual([
      [
        [ONE, 1],
        [ONE, 3],
      ],
      [[ONE, 2]],
    ]);
  });
});

describe('rule 4: what makes a load uncacheable', () => {
  it('a failed query, even if the load swallows it', async () => {
    const swallow = (sent: unknown) => Promise.resolve(sent).catch(() => {});
    const bad = 'select * from nowhere';
    expect(await observed(() => swallow(pool.query(bad)))).toBe('a query failed');
    expect(await observed(() => swallow(called((callback) => pool.query(bad, callback))))).toBe('a query failed');
    expect(await observed(() => withClient((client) => swallow(client.query(new QueryStream(bad)).toArray())))).toBe(
      'a query failed',
    );
    expect(await observed(() => withClient((client) => swallow(client.query({} as never))))).toBe('a query failed');
  });

  it('a connection that failed, even if the load swallows it', async () => {
    const nowhere = new Pool({ host: '127.0.0.1', port: 1 });
    expect(
      await observed(async () => {
        await pool.query(ONE, [7]);
        await nowhere.query(ONE, [7]).catch(() => {});
      }),
    ).toBe('a connection to PostgreSQL failed');
    expect(await observed(() => nowhere.connect().catch(() => {}))).toBe('a connection to PostgreSQL failed');
    await nowhere.end();
  });

  it.each([
    ['insert into items values (1000) on conflict do nothing', 'the statement INSERT is not a read'],
    ['explain select 1', 'the statement EXPLAIN is not a read'],
    ['select 1; delete from items where id = -1', 'the statement DELETE is not a read'],
    ['begin; select 1; commit', 'a text has several statements, not all of them reads'],
  ])('%s', async (text, reason) => {
    expect(await observed(() => pool.query(text))).toBe(reason);
  });

  it('no query at all, or none that a hook sees', async () => {
    expect(await observed(() => 7)).toEqual([]);
    observer.stop();
    expect(await observed(() => pool.query(ONE, [7]))).toEqual([]);
  });

  it('a query that still runs when the load ends', async () => {
    let answer: Promise<unknown> | undefined;
    expect(
      await observed(() =>
        withClient(async (client) => {
          answer = client.query(ONE, [7]);
        }),
      ),
    ).toBe('a query was still running when the load ended');
    await answer;
  });

  it('a cursor or a stream that was opened outside the load', async () => {
    await withClient(async (client) => {
      const cursor = client.query(new Cursor('select id from items'));
      expect(await observed(() => cursor.read(1))).toBe('a cursor was opened outside the load');
      await cursor.close();
      const stream = client.query(new QueryStream('select id from items'));
      expect(await observed(() => stream.toArray())).toBe('a cursor was opened outside the load');
    });
  });

  it('a connection that pipelines', async () => {
    const client = new Client({ connectionString: url, pipeline: true } as never);
    await client.connect();
    expect(await observed(() => client.query(ONE, [7]))).toBe('a connection pipelines its queries');
    await client.end();
  });

  it('ignores what libraries send on a new connection', async () => {
    expect(
      await observed(async () => {
        const client = new Client({ connectionString: url });
        await client.connect();
        await client.query("set timezone = 'UTC'");
        await client.query('show server_version');
        await client.query('select version()');
        await client.query("select oid, typname from pg_type where typname = 'int4'");
        // Sequelize.
        await client.query(`WITH ranges AS ( SELECT pg_range.rngtypid, pg_range.rngsubtype
          FROM pg_range LEFT OUTER JOIN pg_type ON pg_type.oid = pg_range.rngtypid)
          SELECT pg_type.typname, ranges.rngtypid FROM pg_type LEFT OUTER JOIN ranges ON pg_type.oid = ranges.rngsubtype;`);
        await client.query(ONE, [7]);
        await client.end();
      }),
    ).toEqual([[ONE, 7]]);
  });
});

describe('hooks', () => {
  it('leave the answers and the errors of pg as they are', async () => {
    const seen = await ways();
    observer.stop();
    expect(seen).toEqual(await ways());

    async function ways() {
      const error = (sent: Promise<unknown>) => sent.catch(({ message }) => message);
      return observer
        .run(async () => [
          (await pool.query(ONE, [7])).rows,
          await error(pool.query('select nonsense')),
          await error(pool.query(ONE, 7 as never)),
          await withClient(async (client) => {
            expect(() => client.query(null as never)).toThrow('null or undefined query');
            return called((callback) => client.query(ONE, [7], callback)).then(
              (result) => (result as { rows: unknown }).rows,
            );
          }),
        ])
        .then(({ value }) => value);
    }
  });

  it('are installed once, and taken away', async () => {
    const { query } = Client.prototype;
    observer.observe(pool);
    await withClient(async (client) => observer.observe(client));
    expect(Client.prototype.query).toBe(query);
    observer.stop();
    expect(Client.prototype.query).not.toBe(query);
  });

  it('let a library patch pg later, and then stay in place without effect', async () => {
    const ours = Client.prototype.query;
    const texts: unknown[] = [];
    Client.prototype.query = function (this: Client, ...given: never[]) {
      texts.push(given[0]);
      return (ours as (...given: never[]) => unknown).apply(this, given);
    } as never;
    const theirs = Client.prototype.query;
    expect(await observed(() => pool.query(ONE, [7]))).toEqual([[ONE, 7]]);
    observer.stop();
    expect(Client.prototype.query).toBe(theirs);
    expect((await pool.query(ONE, [7])).rows).toHaveLength(1);
    expect(texts).toContain(ONE);
    Client.prototype.query = ours;
  });

  it('serve two observers at once', async () => {
    const second = new QueryObserver();
    second.observe(pool);
    await second.ready();
    const { value, observation } = await second.run(() => observer.run(() => pool.query(ONE, [7])));
    expect([textsOf(observation), textsOf(value.observation)]).toEqual([[[ONE, 7]], [[ONE, 7]]]);
    second.stop();
  });

  it('refuse what is no client of pg', () => {
    for (const target of [{}, { query: () => {} }, 'postgres://localhost']) {
      expect(() => observer.observe(target as never)).toThrow(
        'Invalid database: got no pool or client of pg, expected one.',
      );
    }
  });
});

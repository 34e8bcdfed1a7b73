import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { installTriggers, markWrite, onTable, writeMark } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { Application } from '../../support/change-feed/application.js';
import { ITEMS } from '../../support/change-feed/items.js';
import { NodeProcess } from '../../support/change-feed/node-process.js';
import { defer } from '../../support/defer.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

// The change feed also reports the rows of a write-through: they must not invalidate it, while all other rows must.

const rule = onTable('items', {
  columns: ['id'],
  invalidate: ({ rows }) => [...rows.map(({ id }) => ['items', id] as const), ['sum'], ['list']],
  covers: [['items'], ['sum'], ['list']],
});
/** A row whose changes show how far the feed has read. */
const BEACON = 99;

let server: PostgresServer;
let redis: RedisServer;
let url: string;
let ends: (() => Promise<unknown>)[] = [];
let keyPrefix: string;
/** The row under test. */
let id = 0;
/** A cache that writes, and one that only reads; without Redis they are the same. */
let writer: Application;
let reader: Application;

beforeAll(async () => {
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
}, 60_000);
afterAll(() => Promise.all([server.stop(), redis.stop()]));

async function start(isFleet: boolean): Promise<void> {
  ({ url } = await server.newDatabase());
  keyPrefix = randomUUID();
  await run(`${ITEMS}; insert into items select i, 0 from generate_series(0, ${BEACON}) i`);
  await installTriggers(url, [rule]);
  const started = async () => {
    const options = { database: url, keyPrefix, feed: { url, rules: [rule] }, ...(isFleet && { redis: redis.url }) };
    const application = await Application.start(options);
    ends.push(() => application.stop());
    return application;
  };
  writer = await started();
  reader = isFleet ? await started() : writer;
}
async function stop(): Promise<void> {
  for (const end of ends.reverse()) await end();
  ends = [];
}

beforeEach(() => {
  id += 2;
});

const run = (sql: string) => server.query(sql, url);
const read = (application = writer, row = id) =>
  application.read(['items', row], 'select value from items where id = $1', [row]);
const sum = () => writer.read(['sum'], 'select sum(value)::int from items');
const list = () => writer.read(['list'], 'select sum(value)::int from items');

/** Runs work in a transaction. */
async function transact<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}

/** A write-through of a row, in a marked transaction. */
function write(value: number, { targets = [] as [string][], committed = async () => {} } = {}) {
  const update = async () => {
    await transact(async (client) => {
      await markWrite(client);
      await client.query('update items set value = $2 where id = $1', [id, value]);
    });
    await committed();
    return value;
  };
  return writer.cache.writeThrough(['items', id], update, { targets });
}

/** Waits until the feed has delivered everything committed before. Two rounds, because one page of the log is delivered at once. */
async function feedHasRead(): Promise<void> {
  for (const _ of [1, 2]) {
    const before = await read(writer, BEACON);
    await run(`update items set value = value + 1 where id = ${BEACON}`);
    await until(async () => (await read(writer, BEACON)) !== before && (await read(reader, BEACON)) !== before);
  }
}

/** Returns what a read got, and whether it was a hit. */
async function hitOf(get: () => Promise<unknown>, application = writer): Promise<[unknown, boolean]> {
  const { loads } = application;
  const value = await get();
  return [value, application.loads === loads];
}

describe.each([
  ['one process', false],
  ['a fleet', true],
])('a marked write-through in %s', (_, isFleet) => {
  beforeAll(() => start(isFleet), 60_000);
  afterAll(stop);

  it('is a hit on every node, before and after the feed has read its row', async () => {
    await write(11);
    expect(await hitOf(() => read())).toEqual([11, true]);
    await feedHasRead();
    expect(await hitOf(() => read())).toEqual([11, true]);
    expect(await hitOf(() => read(reader), reader)).toEqual([11, true]);
  });

  it('is a hit where the feed read its row before it ended', async () => {
    await write(11, { committed: feedHasRead });
    expect(await hitOf(() => read())).toEqual([11, true]);
    expect(await hitOf(() => read(reader), reader)).toEqual([11, true]);
  });

  it("is a miss without the mark: the feed cannot tell its row from another writer's", async () => {
    await writer.cache.writeThrough(['items', id], () => run(`update items set value = 11 where id = ${id}`));
    await feedHasRead();
    expect(await hitOf(() => read())).toEqual([11, false]);
  });

  it('keeps its own targets valid, and invalidates those that only the rule names', async () => {
    const before = (await sum()) as number;
    await list();
    await write(11, { targets: [['sum']] });
    expect(await hitOf(sum)).toEqual([before + 11, false]);
    // No beacon row here: its targets are the same.
    await until(async () => (await list()) === before + 11);
    expect(await hitOf(sum)).toEqual([before + 11, true]);
  });

  it('is invalidated by a plain statement between its commit and its end', async () => {
    await write(11, { committed: async () => void (await run(`update items set value = 12 where id = ${id}`)) });
    await until(async () => (await read()) === 12);
    expect(await read(reader)).toBe(12);
  });

  it('is invalidated by a plain statement after its end', async () => {
    await write(11);
    await run(`update items set value = 12 where id = ${id}`);
    await until(async () => (await read()) === 12 && (await read(reader)) === 12);
  });

  it('that is rolled back stores nothing, and the next one is a hit again', async () => {
    await read();
    const failing = writer.cache.writeThrough(['items', id], () =>
      transact(async (client) => {
        expect(await markWrite(client)).toBe(true);
        await client.query(`update items set value = 11 where id = ${id}`);
        throw new Error('no');
      }),
    );
    await expect(failing).rejects.toThrow('no');
    await feedHasRead();
    expect(await read()).toBe(0);
    await write(12);
    await feedHasRead();
    expect(await hitOf(() => read())).toEqual([12, true]);
  });

  it('that threw but was committed is visible', async () => {
    const commit = defer<void>();
    let ended: Promise<void> = Promise.resolve();
    const failing = writer.cache.writeThrough(['items', id], async () => {
      const isMarked = defer<void>();
      ended = transact(async (client) => {
        await markWrite(client);
        await client.query(`update items set value = 11 where id = ${id}`);
        isMarked.resolve();
        await commit.promise;
      });
      await isMarked.promise;
      throw new Error('The connection was lost');
    });
    await expect(failing).rejects.toThrow('lost');
    expect(await read()).toBe(0);
    commit.resolve();
    await ended;
    await until(async () => (await read()) === 11 && (await read(reader)) === 11);
  });

  it('invalidates what a trigger changes in its transaction', async () => {
    await run(`create function follow() returns trigger language plpgsql as $$ begin
      update items set value = new.value + 1 where id = new.id + 1; return null; end $$;
      create trigger follow after update on items for each row when (new.id = ${id}) execute function follow()`);
    expect([await read(writer, id + 1), await read(reader, id + 1)]).toEqual([0, 0]);
    await write(11);
    await until(async () => (await read(writer, id + 1)) === 12 && (await read(reader, id + 1)) === 12);
    expect(await hitOf(() => read())).toEqual([11, true]);
  });

  it('leaves the last value where two overlap and both are marked', async () => {
    const isCommitted = defer<void>();
    const end = defer<void>();
    const committed = () => {
      isCommitted.resolve();
      return end.promise;
    };
    const first = write(11, { committed });
    await isCommitted.promise;
    await write(12);
    end.resolve();
    await first;
    await feedHasRead();
    expect([await read(), await read(reader)]).toEqual([12, 12]);
  });

  it('is a hit where a surrounding transaction delays its commit', async () => {
    await writer.cache.deferInvalidations(() =>
      transact(async (client) => {
        await writer.cache.writeThrough(['items', id], async () => {
          await markWrite(client);
          await client.query(`update items set value = 11 where id = ${id}`);
          return 11;
        });
      }),
    );
    await feedHasRead();
    expect(await hitOf(() => read())).toEqual([11, true]);
  });

  it('marks no statement outside of it or after it', async () => {
    expect(writeMark()).toBeUndefined();
    const over = defer<void>();
    let late: Promise<string | undefined> = Promise.resolve('');
    await writer.cache.writeThrough(['items', id], async () => {
      expect(writeMark()).toMatch(/^\S{1,100}$/);
      late = over.promise.then(writeMark);
    });
    over.resolve();
    expect(await late).toBeUndefined();
    expect(await transact(markWrite)).toBe(false);
  });
});

describe('a process that dies between its commit and its end', () => {
  beforeAll(() => start(true), 60_000);
  afterAll(stop);

  it('leaves nothing stale: the feed invalidates long before its write intent expires', async () => {
    const node = await NodeProcess.start({ database: url, url, redis: redis.url, keyPrefix });
    ends.push(() => node.kill());
    expect([await read(), await read(reader)]).toEqual([0, 0]);
    await node.writeAndDie(id, 11);
    await until(async () => (await read()) === 11 && (await read(reader)) === 11, 5_000);
    await feedHasRead();
    expect([await read(), await read(reader)]).toEqual([11, 11]);
  });
});

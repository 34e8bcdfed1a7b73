import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Target, tag } from 'nest-larder';
import { type Change, ChangeFeed, installTriggers, onTable, type TableRule } from 'nest-larder/change-feed';
import { type FeedMessage, listen } from 'nest-larder/observability';
import { FakeClock } from 'nest-larder/testing';
import { Client } from 'pg';
import { Application } from '../../support/change-feed/application.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { until } from '../../support/until.js';

let server: PostgresServer;
let url: string;
let application: Application | undefined;

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  ({ url } = await server.newDatabase());
});
afterEach(async () => {
  await application?.stop();
  application = undefined;
});

const run = (sql: string) => server.query(sql, url);

/** Starts a cache with rules, and installs their triggers. */
async function started(...rules: TableRule[]): Promise<Application> {
  await installTriggers(url, rules);
  application = await Application.start({ database: url, feed: { url, rules, wake: 'notify', pollInterval: '1m' } });
  return application;
}

/** A rule that only records its changes. */
function remembering(table: string, columns: readonly string[]): { rule: TableRule; told: Change[] } {
  const told: Change[] = [];
  const invalidate = (change: Change): readonly Target[] => {
    told.push(change);
    return [];
  };
  return { rule: onTable(table, { columns, invalidate, covers: [['nothing']] }), told };
}

describe('changes of a table', () => {
  beforeEach(() => run('create table calls (id bigint primary key, user_id int, agent text, duration int)'));

  it('reach a rule with the row before and after', async () => {
    const { rule, told } = remembering('calls', ['user_id', 'agent']);
    await started(rule);
    await run(`insert into calls values (1, 7, 'Ann', 0), (2, 8, 'Bob', 0)`);
    await run(`update calls set agent = 'Eve' where id = 1`);
    await run('update calls set id = 3 where id = 2');
    await run('delete from calls where id = 1');
    await until(() => told.length === 6);
    const [ann, eve, bob] = [
      { user_id: 7, agent: 'Ann' },
      { user_id: 7, agent: 'Eve' },
      { user_id: 8, agent: 'Bob' },
    ];
    const unknown = { changed: undefined, traceparent: undefined };
    const moved = ['id'];
    expect(told).toEqual([
      { op: 'insert', before: undefined, after: ann, rows: [ann], ...unknown },
      { op: 'insert', before: undefined, after: bob, rows: [bob], ...unknown },
      { op: 'update', before: ann, after: eve, rows: [ann, eve], ...unknown, changed: ['agent'] },
      { op: 'update', before: bob, after: undefined, rows: [bob], ...unknown, changed: moved },
      { op: 'update', before: undefined, after: bob, rows: [bob], ...unknown, changed: moved },
      { op: 'delete', before: eve, after: undefined, rows: [eve], ...unknown },
    ]);
  });

  it('of every kind of statement invalidate the cached value', async () => {
    const rule = onTable('calls', {
      columns: ['user_id'],
      invalidate: ({ rows }) => rows.map(({ user_id }) => ['calls', user_id]),
      covers: [['calls']],
    });
    const { cache, feed } = await started(rule);
    const count = () => application?.read(['calls', 7], 'select count(*)::int from calls where user_id = 7');
    expect(feed.status().state).toBe('reading');
    const statements: [sql: string, count: number][] = [
      ['insert into calls select i, 7 from generate_series(1, 10) i', 10],
      ['update calls set user_id = 8 where id <= 3', 7],
      ['delete from calls where id = 4', 6],
      [
        `merge into calls c using (values (5), (11)) v (id) on c.id = v.id
         when matched then update set user_id = 9 when not matched then insert values (v.id, 7)`,
        6,
      ],
      ['insert into calls values (6, 7), (12, 7) on conflict (id) do update set user_id = 10', 6],
      ['with gone as (delete from calls where id = 12 returning id) select id from gone', 5],
      ['truncate calls', 0],
    ];
    await count();
    for (const [sql, expected] of statements) {
      await run(sql);
      await until(async () => (await count()) === expected);
    }
    // The value was cached all along: with no further change, reads are hits.
    await until(async () => (await count()) === 0 && cache.stats().hits > 0);
  });

  it('that were rolled back do not reach a rule, in part or whole', async () => {
    const { rule, told } = remembering('calls', ['user_id']);
    await started(rule);
    await run('begin; insert into calls values (1, 1); rollback');
    await run(`begin; insert into calls values (2, 2); savepoint s; insert into calls values (3, 3);
      rollback to s; insert into calls values (4, 4); commit`);
    await run('insert into calls values (5, 5)');
    await until(() => told.length >= 3);
    expect(told.map(({ after }) => after?.user_id)).toEqual([2, 4, 5]);
  });

  it('arrive at once from a transaction that wrote while the reader was awake, and commits while it sleeps', async () => {
    const { rule, told } = remembering('calls', ['user_id']);
    await started(rule);
    const [writer, other] = [new Client({ connectionString: url }), new Client({ connectionString: url })];
    await Promise.all([writer.connect(), other.connect()]);
    const isAsleep = async () => {
      const { rowCount } = await other.query(`select from pg_locks where locktype = 'advisory' and objid = 1
        and database = (select oid from pg_database where datname = current_database())`);
      return rowCount === 1;
    };
    let isUnheard = false;
    for (let id = 1; !isUnheard; id++) {
      await other.query('insert into calls values ($1, 1)', [id]);
      await until(async () => !(await isAsleep()));
      await writer.query('begin; insert into calls values (0, 2)');
      isUnheard = !(await isAsleep());
      if (!isUnheard) await writer.query('rollback');
    }
    // A late notification wakes the reader once more.
    let looks = 0;
    await until(async () => {
      looks = (await isAsleep()) ? looks + 1 : 0;
      return looks === 40;
    });
    expect(told.some(({ after }) => after?.user_id === 2)).toBe(false);
    await writer.query('commit');
    await until(() => told.some(({ after }) => after?.user_id === 2));
    await Promise.all([writer.end(), other.end()]);
  });

  it('that changed no row do not reach a rule', async () => {
    const { rule, told } = remembering('calls', ['user_id']);
    await started(rule);
    await run('update calls set duration = 1');
    expect(await run('select * from larder.changes')).toEqual([]);
    await run('insert into calls values (5, 5)');
    await until(() => told.length === 1);
  });

  it('contain numbers that JSON cannot represent, and every other type of column', async () => {
    await run(`create domain amount as numeric; create type mood as enum ('fine');
      create table odd (id bigint primary key, a amount, n bigint[], t timestamptz, j jsonb, m mood, b boolean, x text, f float8)`);
    const { rule, told } = remembering('odd', ['id', 'a', 'n', 't', 'j', 'm', 'b', 'x', 'f']);
    await started(rule);
    await run(`insert into odd values (9007199254740993, 0.1000000000000000055, '{9007199254740993}',
      '2026-01-01 12:00:00Z', '{"a": [1]}', 'fine', true, null, 0.5)`);
    await until(() => told.length === 1);
    expect(told[0]?.after).toEqual({
      id: '9007199254740993',
      a: '0.1000000000000000055',
      n: ['9007199254740993'],
      t: expect.stringMatching(/^2026-01-01T\d\d:00:00[+-]/),
      j: { a: [1] },
      m: 'fine',
      b: true,
      x: null,
      f: 0.5,
    });
  });

  it('made by a foreign key of the same transaction reach a rule too', async () => {
    await run('create table notes (id int primary key, call_id bigint references calls on delete cascade)');
    const { rule, told } = remembering('notes', ['call_id']);
    await started(rule);
    await run('insert into calls values (1, 1); insert into notes values (1, 1); delete from calls');
    await until(() => told.length === 2);
    expect(told[1]).toMatchObject({ op: 'delete', before: { call_id: '1' } });
  });

  it('arrive from writers without any right on the log', async () => {
    const { rule, told } = remembering('calls', ['user_id']);
    await started(rule);
    await run(`drop role if exists writer; create role writer login; grant select, insert, update on calls to writer`);
    const { pathname } = new URL(url);
    const asWriter = server.urlOf(server.port, { database: pathname.slice(1), user: 'writer' });
    await server.query('insert into calls values (1, 4)', asWriter);
    await until(() => told.length === 1);
    await expect(server.query('select * from larder.changes', asWriter)).rejects.toThrow(/permission denied/);
    await run('drop owned by writer; drop role writer');
  });

  it('that a rule cannot map invalidate everything it covers, and later changes are mapped again', async () => {
    const faults: (() => readonly Target[])[] = [
      () => {
        throw new Error('what a pity');
      },
      () => ['no key'] as unknown as Target[],
      () => [['calls', Symbol('none') as unknown as string]],
      () => undefined as unknown as Target[],
    ];
    const rule = onTable('calls', {
      columns: ['id'],
      invalidate: ({ rows: [row] }) => (faults[Number(row?.id)] ?? (() => [tag('fine')]))(),
      covers: [tag('calls')],
    });
    const { cache, events } = await started(rule);
    for (let id = 0; id < faults.length; id++) {
      await cache.set(['a'], 'old', { tags: ['calls'] });
      await cache.set(['b'], 'kept');
      await run(`insert into calls values (${id})`);
      await until(async () => !(await cache.has(['a'])));
      expect(await cache.get(['b'])).toBe('kept');
    }
    const failed = events.filter((event) => event.type === 'feed-rule-failed');
    expect(failed.map(({ table }) => table)).toEqual(faults.map(() => 'public.calls'));
    await cache.set(['a'], 'old', { tags: ['fine'] });
    await run('insert into calls values (99)');
    await until(async () => !(await cache.has(['a'])));
  });
});

describe('the lag of a feed', () => {
  it('is 0 while the database is idle, grows while a change waits, and is the time since the last read when one is late', async () => {
    await run('create table calls (id int primary key)');
    const rule = onTable('calls', { columns: ['id'], invalidate: () => [['calls']] });
    await installTriggers(url, [rule]);
    const clock = new FakeClock();
    const after = clock.after.bind(clock);
    let isResting = false;
    // The last timer of a reader that waits for its next read, 10 ms later; others limit its queries.
    clock.after = (delay, task) => {
      isResting = delay === 10;
      return after(delay, task);
    };
    const heard: FeedMessage[] = [];
    const stop = listen('nest-larder:feed', (message) => heard.push(message));
    let deliver = () => {};
    const held = new Promise<void>((resolve) => (deliver = resolve));
    let deliveries = 0;
    const invalidate = async () => {
      // The first delivery belongs to the start.
      if (deliveries++ > 0) await held;
      return { delivered: true };
    };
    const feed = new ChangeFeed({ isShared: false, invalidate }, { url, rules: [rule], pollInterval: '1m' }, { clock });
    try {
      await feed.start();
      await until(() => isResting);
      clock.advance(9);
      expect(feed.status()).toMatchObject({ state: 'reading', lag: 0 });
      expect(feed.status().sinceRead).toBeGreaterThanOrEqual(9);
      // The event loop does not turn meanwhile, so the feed cannot read.
      clock.advance(60_000);
      expect(feed.status().lag).toBe(0);
      clock.advance(1000);
      expect(feed.status().lag).toBeGreaterThanOrEqual(61_000);
      await run('insert into calls values (1)');
      await until(() => {
        clock.advance(10);
        return deliveries === 2;
      });
      const before = feed.status().lag as number;
      clock.advance(500);
      expect(feed.status().lag).toBe(before + 500);
      deliver();
      await until(() => {
        clock.advance(10);
        return feed.status().lag === 0;
      });
      expect(heard.map(({ type }) => type)).toEqual(['feed-reset', 'feed-followed', 'feed-delivered']);
      expect(heard[2]).toMatchObject({ changes: 1, age: expect.any(Number) });
    } finally {
      deliver();
      stop();
      await feed.close();
    }
  });
});

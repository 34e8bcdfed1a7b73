import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Change, installTriggers, onTable, type TableRule, triggersStatus } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { Application } from '../../support/change-feed/application.js';
import { QuickClock } from '../../support/quick-clock.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { until } from '../../support/until.js';

let server: PostgresServer;
let url: string;
let database: string;
let ends: (() => Promise<unknown>)[];

beforeAll(async () => {
  server = await PostgresServer.start(['max_notify_queue_pages=64']);
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  ends = [];
  ({ database, url } = await server.newDatabase());
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

const run = (sql: string) => server.query(sql, url);
const logged = () => run('select op, size, rows, changed, mark, trace from larder.changes order by xid, id');

/** Twenty times as fast as real time: the feed checks triggers every half second. */
const clock = new QuickClock(20);

async function started(...rules: TableRule[]): Promise<Application> {
  await installTriggers(url, rules);
  const feed = { url, rules, wake: 'notify', pollInterval: '1s', timeout: '5m' } as const;
  const application = await Application.start({ database: url, feed, clock });
  await until(() => application.feed.status().state === 'reading');
  ends.push(() => application.stop());
  return application;
}

function remembering(table: string, columns: readonly string[]): { rule: TableRule; told: Change[] } {
  const told: Change[] = [];
  const invalidate = (change: Change) => {
    told.push(change);
    return [];
  };
  return { rule: onTable(table, { columns, invalidate, covers: [['everything', table]] }), told };
}

describe('values in the log', () => {
  const SESSIONS = [
    "set timezone = 'UTC'; set bytea_output = 'hex'; set intervalstyle = 'postgres'; set datestyle = 'ISO, MDY'",
    `set timezone = 'Asia/Kolkata'; set bytea_output = 'escape'; set intervalstyle = 'iso_8601';
     set datestyle = 'German'; set extra_float_digits = -10; set quote_all_identifiers = on`,
  ];
  const TYPES = {
    timestamptz: `'2026-03-01T22:00:00Z'`,
    timestamp: `'2026-03-01T22:00:00'`,
    date: `'2026-03-01'`,
    timetz: `'12:00:00+01'`,
    bytea: `'\\x00ff5c'`,
    interval: `'1 day 02:03:04'`,
    float8: '0.1::float8 + 0.2::float8',
    float4: '1.1',
    regclass: `'pg_class'`,
    tstzrange: `tstzrange(to_timestamp(0), to_timestamp(86400))`,
    daterange: `daterange('2026-03-01', '2026-03-04')`,
    _timestamptz: 'array[to_timestamp(0)]',
    composite: `row(to_timestamp(0), '1 day'::interval, '\\x00'::bytea)`,
  };

  it.each(Object.entries(TYPES))(
    'of the type %s have the same text in every session of a writer',
    async (type, value) => {
      await run('create type composite as (at timestamptz, span interval, bytes bytea)');
      await run(`create table odd (id int primary key, v ${type})`);
      await installTriggers(url, [remembering('odd', ['v']).rule]);
      for (const session of SESSIONS) await run(`${session}; insert into odd values (1, ${value}); delete from odd`);
      const rows = (await logged()).map(({ rows }) =>
        JSON.stringify((rows as unknown[]).find((side) => side !== null)),
      );
      expect(new Set(rows).size).toBe(1);
    },
  );

  it('of money have the same text in every session of a writer', async () => {
    const [locale] = await run(`select name from (values ('de_DE.UTF-8'), ('en_US.UTF-8'), ('C.UTF-8')) v (name)`);
    await run('create table prices (id int primary key, v money)');
    await installTriggers(url, [remembering('prices', ['v']).rule]);
    const [{ settings } = { settings: [] }] = await run(
      `select proconfig as settings from pg_proc where pronamespace = 'larder'::regnamespace`,
    );
    expect({ locale, settings }).toMatchObject({ settings: expect.arrayContaining(['lc_monetary=C']) });
  });

  it('invalidate the entry of an instant, for every session of a writer', async () => {
    await run('create table bookings (id bigint primary key, at timestamptz)');
    const rule = onTable('bookings', {
      columns: ['at'],
      invalidate: ({ rows }) => rows.map(({ at }) => ['slot', at]),
      covers: [['slot']],
    });
    const { cache } = await started(rule);
    const key = ['slot', '2026-03-01T22:00:00+00:00'] as const;
    for (const session of SESSIONS) {
      await cache.set(key, 'old');
      await run(`${session}; delete from bookings; insert into bookings values (1, '2026-03-01T22:00:00Z')`);
      await until(async () => !(await cache.has(key)), 5000);
    }
  });

  it('are right even if a function resets the settings that the trigger fixes', async () => {
    await run('create table calls (id int primary key, a timestamptz)');
    const { rule } = remembering('calls', ['a']);
    await installTriggers(url, [rule]);
    const [found] = await run(`select proname from pg_proc where pronamespace = 'larder'::regnamespace`);
    await run(`alter function larder.${found?.proname}() reset timezone`);
    expect((await triggersStatus(url))[0]?.problems).toEqual([expect.stringContaining('not those of this version')]);
    await installTriggers(url, []);
    expect((await triggersStatus(url))[0]?.problems).toEqual([]);
  });
});

describe('virtual generated columns', () => {
  it('are refused', async () => {
    await run(
      'create table totals (id int primary key, a int, twice int generated always as (a * 2) virtual, kept int generated always as (a) stored)',
    );
    await expect(installTriggers(url, [remembering('totals', ['twice']).rule])).rejects.toThrow(
      /public\.totals computes twice when it is read.*name the columns that it is computed from/,
    );
    await installTriggers(url, [remembering('totals', ['kept']).rule]);
    await run('insert into totals values (1, 2)');
    expect((await logged())[0]).toMatchObject({ rows: [null, [[1], [2]]] });
  });
});

describe('a row of the log', () => {
  beforeEach(() => run('create table calls (id int primary key, user_id int, price numeric, note text, doc jsonb)'));
  const CALLS = remembering('calls', ['user_id']).rule;

  it('names the columns whose text has changed', async () => {
    await installTriggers(url, [CALLS]);
    await run(
      `insert into calls select i, 7, 1.0, 'a', '{"a": 1}' from generate_series(1, 600) i; delete from larder.changes`,
    );
    for (const set of ['price = 1.00', 'note = note', `note = null, doc = '{"a": 2}'`, 'id = 0'])
      await run(`update calls set ${set} where id = 1`);
    await run(`update calls set note = case id when 2 then 'b' else note end where id in (2, 3)`);
    await run('update calls set user_id = 8');
    expect((await logged()).map(({ changed }) => changed)).toEqual([
      ['price'],
      [],
      ['note', 'doc'],
      ['id'],
      ['note'],
      null,
      null,
    ]);
  });

  it('records that the changed columns are unknown where they are', async () => {
    await run('create table loose (a int, b int)');
    await installTriggers(url, [CALLS, remembering('loose', ['a']).rule]);
    await run('alter table calls add column late int');
    await run('insert into loose values (1, 1), (2, 1); update loose set b = 2; update loose set b = 3 where a = 1');
    await run('insert into calls values (1); update calls set late = 1');
    expect((await logged()).map(({ op, changed }) => [op, changed])).toEqual([
      ['i', null],
      ['u', null],
      // One row needs no key.
      ['u', ['b']],
      ['i', null],
      ['u', null],
    ]);
  });

  it('counts columns computed on read as changed with any other column', async () => {
    await run('create table totals (id int primary key, a int, twice int generated always as (a * 2) virtual)');
    await installTriggers(url, [remembering('totals', ['a']).rule]);
    await run('insert into totals values (1, 2); update totals set a = 3; update totals set a = 3');
    expect((await logged()).map(({ changed }) => changed)).toEqual([null, ['a', 'twice'], []]);
  });

  it("contains the transaction's write mark and trace", async () => {
    await installTriggers(url, [CALLS]);
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await run(`begin; select set_config('larder.mark', 'w1', true), set_config('larder.traceparent', '${trace}', true);
      insert into calls values (1); commit; insert into calls values (2);
      begin; select set_config('larder.mark', repeat('ä', 1000), true); insert into calls values (3); truncate calls; commit`);
    expect((await logged()).map(({ mark, trace }) => [mark, trace])).toEqual([
      ['w1', trace],
      [null, null],
      ['ä'.repeat(100), null],
      ['ä'.repeat(100), null],
    ]);
  });

  it('contains the trace in the last comment of a statement, unless the transaction has set one', async () => {
    await installTriggers(url, [CALLS]);
    const [set, comment] = ['b7ad6b7169203331', '00f067aa0ba902b7'].map(
      (span) => `00-0af7651916cd43dd8448eb211c80319c-${span}-01`,
    );
    const tag = `/*db_driver='pg',traceparent='${comment}'*/`;
    await run(`insert into calls values (1) ${tag}`);
    await run(
      `begin; select set_config('larder.traceparent', '${set}', true); insert into calls values (2); commit ${tag}`,
    );
    await run(`insert into calls select 3 where $$${tag}$$ <> ''`);
    await run(`insert into calls select 4 from (select ${tag} 4) four;`);
    await run(`insert into calls values (5) /*traceparent=${comment}*/`);
    const client = new Client({ connectionString: url });
    await client.connect();
    ends.push(() => client.end());
    await client.query(`set standard_conforming_strings = off`);
    await client.query(`insert into calls values ($1) ${tag};`, [6]);
    expect((await logged()).map(({ trace }) => trace)).toEqual([comment, set, null, null, null, comment]);
  });

  it('gives a rule the changed columns and the trace', async () => {
    const { rule, told } = remembering('calls', ['user_id']);
    await started(rule);
    await run(`insert into calls values (1, 7);
      begin; select set_config('larder.traceparent', 'abc', true); update calls set note = 'b'; commit`);
    await until(() => told.length === 2);
    expect(told).toMatchObject([
      { op: 'insert', changed: undefined, traceparent: undefined },
      { op: 'update', changed: ['note'], traceparent: 'abc' },
    ]);
  });
});

describe('writes to a watched table', () => {
  it('succeed while the queue of notifications is full, and polling reports them', async () => {
    await run('create table calls (id int primary key, a int)');
    const { rule, told } = remembering('calls', ['a']);
    const { feed } = await started(rule);
    const idle = new Client({ connectionString: url });
    await idle.connect();
    ends.push(() => idle.end());
    await idle.query('listen anything');
    await idle.query('begin');
    await idle.query('select 1');
    const fill = async () => {
      const text = 'x'.repeat(7000);
      for (;;)
        try {
          await run(`do $$ begin for i in 1..8 loop perform pg_notify('anything', i || '${text}'); end loop; end $$`);
        } catch (error) {
          return expect(String(error)).toContain('too many notifications');
        }
    };
    await fill();
    // The feed sleeps, so that writers send notifications.
    await until(
      async () => (await run('select from pg_locks where locktype = $$advisory$$ and objid = 1')).length === 1,
    );
    for (let id = 0; id < 20; id++) await run(`insert into calls values (${id}, 1)`);
    await until(() => told.length === 20, 5000);
    expect(feed.status()).toMatchObject({ state: 'reading', gaps: [] });
  }, 30_000);

  it.each([
    ['dropped', 'alter table calls drop column a'],
    ['renamed', 'alter table calls rename column a to b'],
    ['dropped with the primary key', 'alter table calls drop column id'],
  ])('succeed after a column that is watched was %s, and invalidate all that the rule covers', async (_, ddl) => {
    await run('create table calls (id int primary key, a int, c int)');
    const { rule } = remembering('calls', ['a']);
    const { cache } = await started(rule);
    await run('insert into calls values (1, 1, 1)');
    await run(ddl);
    for (const sql of ['update calls set c = 2', 'insert into calls (c) values (9)', 'delete from calls']) {
      const isInsert = sql.startsWith('insert') && !ddl.endsWith('id');
      await cache.set(['everything', 'calls'], 'old');
      await run(isInsert ? 'insert into calls (id, c) values (9, 9)' : sql);
      await until(async () => !(await cache.has(['everything', 'calls'])), 5000);
    }
  });
});

/** The triggers as they were installed. */
const enabled = (table: string) => `do $$ declare name text; begin
  for name in select tgname from pg_trigger where tgrelid = '${table}'::regclass and not tgisinternal
  loop execute format('alter table ${table} enable always trigger %I', name); end loop; end $$`;

describe('changes that triggers do not see', () => {
  const PARTITIONED = `create table parted (id int, region int, primary key (id, region)) partition by list (region);
    create table one partition of parted for values in (1)`;

  it('do not stay stale: the feed invalidates the table while a partition lacks triggers, and once more afterwards', async () => {
    await run(PARTITIONED);
    const { rule } = remembering('parted', ['region']);
    const { cache, events, feed } = await started(rule);
    const changed = async (what: () => Promise<unknown>) => {
      await cache.set(['everything', 'parted'], 'old');
      await what();
      await until(async () => !(await cache.has(['everything', 'parted'])), 15_000);
    };
    await changed(() => run('create table two partition of parted for values in (2); insert into two values (1, 2)'));
    expect(feed.status().gaps).toEqual([expect.stringContaining('public.two')]);
    await changed(() => run('insert into two values (2, 2)'));
    await installTriggers(url, []);
    await changed(async () => undefined);
    await until(() => feed.status().gaps.length === 0, 15_000);
    const told = events.filter(({ type }) => type === 'feed-gaps' || type === 'feed-gaps-closed');
    expect(told.map(({ type }) => type)).toEqual(['feed-gaps', 'feed-gaps-closed']);
  }, 60_000);

  it('are reported by every process, standby ones included, once for each kind of message', async () => {
    await run(`${PARTITIONED}; create table calls (id int primary key, a int)`);
    const rules = [remembering('parted', ['region']).rule, remembering('calls', ['a']).rule];
    const application = await started(...rules);
    const { ChangeFeed } = await import('nest-larder/change-feed');
    const shared = { isShared: true, invalidate: async () => ({ delivered: true }) };
    const told: string[] = [];
    const feeds = [1, 2].map(
      () =>
        new ChangeFeed(
          shared,
          { url, rules, name: 'shared', pollInterval: '1s', timeout: '5m' },
          { clock, onEvent: ({ type }) => void told.push(type) },
        ),
    );
    for (const feed of feeds) {
      await feed.start();
      ends.push(() => feed.close());
    }
    const states = () => feeds.map((feed) => feed.status().state).join();
    await until(() => states() === 'reading,standing-by');
    const all = [...feeds, application.feed];
    await run('alter table calls disable trigger user');
    await until(() => all.every((feed) => feed.status().gaps.length === 1), 20_000);
    await run(`${enabled('calls')}; alter table one disable trigger user`);
    await until(() => all.every((feed) => feed.status().gaps[0]?.includes('public.one')), 20_000);
    await run(`${enabled('one')}; alter table calls disable trigger user`);
    await until(() => all.every((feed) => feed.status().gaps[0]?.includes('public.calls')), 20_000);
    await run(enabled('calls'));
    await until(() => all.every((feed) => feed.status().gaps.length === 0), 20_000);
    const count = (type: string) => told.filter((one) => one === type).length;
    // Two problems in each of two processes, in any order.
    expect([count('feed-gaps'), count('feed-gaps-closed')]).toEqual([4, 2]);
  }, 90_000);
});

describe('a database that is read-only by default', () => {
  it('is still read', async () => {
    await run('create table calls (id int primary key, a int)');
    const { rule, told } = remembering('calls', ['a']);
    await installTriggers(url, [rule]);
    await server.query(`alter database ${database} set default_transaction_read_only = on`);
    const { feed } = await Application.start({ database: url, feed: { url, rules: [rule] } }).then((application) => {
      ends.push(() => application.stop());
      return application;
    });
    await run('begin read write; insert into calls values (1, 1); commit');
    await until(() => told.length === 1, 5000);
    expect(feed.status().state).toBe('reading');
  });
});

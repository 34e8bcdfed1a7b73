import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from 'nest-larder';
import { ChangeFeed, installTriggers, onTable, removeTriggers, triggersStatus } from 'nest-larder/change-feed';
import { Client } from 'pg';
import { run as runCommand } from '../../../libs/larder/src/change-feed/cli/run.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { until } from '../../support/until.js';

let server: PostgresServer;
let url: string;
let database: string;

beforeAll(async () => {
  server = await PostgresServer.start();
  await server.query('create role owner login; create role stranger login; create role reader login');
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  ({ database, url } = await server.newDatabase());
});

const run = (sql: string, as?: string) =>
  server.query(sql, as === undefined ? url : server.urlOf(server.port, { database, user: as }));

const rule = (table: string, ...columns: string[]) => onTable(table, { columns, invalidate: () => [] });

/** Lists Larder's objects in the database, in words. */
async function traces(): Promise<unknown> {
  const [row] = await run(`select (select count(*)::int from pg_namespace where nspname = 'larder') as schemas,
    (select count(*)::int from pg_trigger where not tgisinternal) as triggers`);
  return row;
}

/** The operations in the log, each with its number of rows. */
async function logged(): Promise<unknown[]> {
  const rows = await run('select op, size from larder.changes order by xid, id');
  await run('delete from larder.changes');
  return rows.map(({ op, size }) => `${op}${size}`);
}

const NOTHING = { schemas: 0, triggers: 0 };

describe('installing', () => {
  it('is checked by one query at a time', async () => {
    await run('create table one (id int primary key); create table two (id int primary key)');
    await installTriggers(url, [rule('one'), rule('two')]);
    const { query } = Client.prototype;
    let running = 0;
    let most = 0;
    Client.prototype.query = async function (this: Client, ...parameters: unknown[]) {
      most = Math.max(most, ++running);
      return Promise.resolve(Reflect.apply(query, this, parameters)).finally(() => running--);
    } as typeof query;
    await triggersStatus(url).finally(() => {
      Client.prototype.query = query;
    });
    expect(most).toBe(1);
  });

  it('accepts names with capital letters, quotes, spaces, dots and reserved words, and removes them again', async () => {
    const names: [name: string, written: string][] = [
      ['Calls', 'Calls'],
      ['odd "name" of a table', '"odd ""name"" of a table"'],
      ['select', 'select'],
      ["it's; drop table x --", "it's; drop table x --"],
      ['we.ird:one,two', '"we.ird:one,two"'],
      ['back\\slash $larder$', 'back\\slash $larder$'],
    ];
    const rules = names.map(([, written]) => rule(written, 'User Id', 'order'));
    for (const [name] of names) {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await run(`create table ${quoted} ("Key ""1""" int primary key, "User Id" int, "order" text)`);
    }
    await installTriggers(url, rules);
    expect((await triggersStatus(url)).flatMap(({ problems }) => problems)).toEqual([]);
    for (const [name] of names) {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await run(`insert into ${quoted} values (1, 2, 'x')`);
      await run(`update ${quoted} set "order" = 'y'`);
      await run(`delete from ${quoted}`);
    }
    expect(await logged()).toEqual(names.flatMap(() => ['i1', 'u1', 'd1']));
    await removeTriggers(url, []);
    expect(await traces()).toEqual(NOTHING);
  });

  it('may be repeated, adds columns, and does not block writers when several processes install at once', async () => {
    await run('create table calls (id int primary key, a int, b int)');
    await installTriggers(url, [rule('calls', 'a')]);
    await Promise.all([1, 2, 3].map(() => installTriggers(url, [rule('calls', 'b')])));
    expect(await triggersStatus(url)).toEqual([{ table: 'public.calls', columns: ['id', 'a', 'b'], problems: [] }]);
    await run('insert into calls values (1, 2, 3)');
    expect(await run('select rows from larder.changes')).toEqual([{ rows: [null, [[1], [2], [3]]] }]);
  });

  it.each([
    ['a missing table', 'nowhere', ['a'], /There is no table public\.nowhere/],
    ['a missing column', 'calls', ['z'], /public\.calls has no column z; it has id, a/],
    ['a view', 'seen', ['a'], /public\.seen is a view/],
    ['an unlogged table', 'fast', ['a'], /public\.fast is unlogged/],
    ['the log', 'larder.changes', ['id'], /no table larder\.changes/],
  ])('refuses %s with a message and leaves nothing behind', async (_, table, columns, message) => {
    await run(`create table calls (id int primary key, a int); create view seen as select * from calls;
      create unlogged table fast (a int)`);
    await expect(installTriggers(url, [rule('calls', 'a'), rule(table, ...columns)])).rejects.toThrow(message);
    expect(await traces()).toEqual(NOTHING);
  });

  it("refuses a role without rights with PostgreSQL's own error, and leaves nothing behind", async () => {
    await run(`create table calls (id int primary key, a int); grant all on calls to stranger;
      create table more (id int primary key); alter table more owner to stranger;
      grant create on database ${database} to stranger`);
    const asStranger = server.urlOf(server.port, { database, user: 'stranger' });
    await expect(installTriggers(asStranger, [rule('more', 'id'), rule('calls', 'a')])).rejects.toThrow(
      /PostgreSQL refused .*must be owner of table calls/,
    );
    expect(await traces()).toEqual(NOTHING);
    await run(`revoke create on database ${database} from stranger`);
    await expect(installTriggers(asStranger, [rule('more', 'id')])).rejects.toThrow(/permission denied for database/);
  });

  it('refuses a foreign schema or trigger that has the same name', async () => {
    await run('create table calls (id int primary key)');
    const statements = await installTriggers(url, [rule('calls', 'id')], { dryRun: true });
    expect(await traces()).toEqual(NOTHING);
    await run('create schema larder');
    await expect(installTriggers(url, [rule('calls', 'id')])).rejects.toThrow(
      /schema larder was not made by nest-larder/,
    );
    await expect(removeTriggers(url, [])).rejects.toThrow(/schema larder was not made by nest-larder/);
    await run('drop schema larder');
    const [, name] = /create trigger "(\w+_insert)"/.exec(statements.join('\n')) ?? [];
    await run(`create function mine() returns trigger language plpgsql as 'begin return null; end';
      create trigger ${name} after insert on calls execute function mine()`);
    await expect(installTriggers(url, [rule('calls', 'id')])).rejects.toThrow(
      /was not made by nest-larder; rename or drop it/,
    );
    expect(await traces()).toEqual({ schemas: 0, triggers: 1 });
  });

  it('does not remove foreign objects in its schema', async () => {
    await run('create table calls (id int primary key)');
    await installTriggers(url, [rule('calls', 'id')]);
    await run('create table larder.mine (id int)');
    await expect(removeTriggers(url, [])).rejects.toThrow(/cannot drop schema larder/);
    expect((await triggersStatus(url)).flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('gives another role the rights to read, and no more', async () => {
    await run(`create table calls (id int primary key); alter table calls owner to owner;
      grant create on database ${database} to owner`);
    const asOwner = server.urlOf(server.port, { database, user: 'owner' });
    const asReader = server.urlOf(server.port, { database, user: 'reader' });
    const cache = await createCache();
    const rules = [
      onTable('calls', { columns: ['id'], invalidate: ({ rows }) => rows.map(({ id }) => ['calls', id]) }),
    ];
    const feedOfReader = () => new ChangeFeed(cache, { url: asReader, rules });
    await installTriggers(asOwner, rules);
    const refused = feedOfReader();
    await refused.start();
    await until(() => refused.status().error !== undefined);
    expect(refused.status().error?.message).toMatch(/permission denied for schema larder.*--reader/s);
    await refused.close();
    await installTriggers(asOwner, rules, { reader: 'reader' });
    const feed = feedOfReader();
    await feed.start();
    await cache.set(['calls', 1], 'old');
    await run('insert into calls values (1)', 'owner');
    await until(async () => !(await cache.has(['calls', 1])));
    await feed.close();
    await cache.close();
    await expect(run('delete from calls', 'reader')).rejects.toThrow(/permission denied/);
  });
});

describe('changes that plain triggers miss', () => {
  it('are logged: a session that replicates', async () => {
    await run('create table calls (id int primary key)');
    await installTriggers(url, [rule('calls', 'id')]);
    await run('set session_replication_role = replica; insert into calls values (1); truncate calls');
    expect(await logged()).toEqual(['i1', 't1']);
  });

  it('are logged: writes to nested partitions, and moves between them', async () => {
    await run(`create table calls (id int, day int, primary key (id, day)) partition by range (day);
      create table early partition of calls for values from (0) to (10) partition by list (day);
      create table first partition of early for values in (1);
      create table late partition of calls for values from (10) to (20)`);
    await installTriggers(url, [rule('calls', 'id')]);
    await run('insert into calls values (1, 1), (2, 12)');
    await run('insert into first values (3, 1)');
    await run('update calls set day = 13 where id = 1');
    await run('delete from late where id = 2');
    expect(await logged()).toEqual(['i2', 'i1', 'u1', 'd1']);
    await run('create table later partition of calls for values from (20) to (30)');
    const [status] = await triggersStatus(url);
    expect(status?.problems).toEqual([
      expect.stringMatching(/public\.later, which belongs to public\.calls, has no trigger/),
    ]);
    await installTriggers(url, []);
    expect((await triggersStatus(url))[0]?.problems).toEqual([]);
    await run('insert into later values (4, 21)');
    await run('alter table calls detach partition later');
    await installTriggers(url, []);
    await run('insert into later values (5, 22)');
    expect(await logged()).toEqual(['i1']);
  });

  it('are logged: tables that inherit, also with equal keys, and tables without a primary key', async () => {
    await run(`create table people (id int primary key, name text); create table players (score int) inherits (people);
      create table notes (text text)`);
    await installTriggers(url, [rule('people', 'name'), rule('notes', 'text')]);
    await run(`insert into people values (1, 'a')`);
    await run(`insert into players values (1, 'b', 5)`);
    await run(`update people set name = 'c'`);
    await run(`update notes set text = 'none'`);
    await run(`insert into notes values ('x')`);
    await run(`update notes set text = 'y'`);
    expect(await run('select op, rows from larder.changes order by id')).toEqual([
      { op: 'i', rows: [null, [[1], ['a']]] },
      { op: 'i', rows: [null, [[1], ['b']]] },
      {
        op: 'u',
        rows: [
          [
            [1, 1],
            ['a', 'b'],
          ],
          [
            [1, 1],
            ['c', 'c'],
          ],
        ],
      },
      { op: 'i', rows: [null, [['x']]] },
      { op: 'u', rows: [[['x']], [['y']]] },
    ]);
  });
});

describe('a feed with invalid triggers', () => {
  const started = async (columns = ['a']) => {
    const cache = await createCache();
    const feed = new ChangeFeed(cache, { url, rules: [rule('calls', ...columns)] });
    return feed.start().finally(async () => {
      await feed.close();
      await cache.close();
    });
  };

  beforeEach(() => run('create table calls (id int primary key, a int, b int)'));

  it.each([
    ['that were never installed', '', ['a'], /The triggers are not installed.*npx nest-larder triggers install/],
    [
      'of an older format',
      'update larder.state set format = 0',
      ['a'],
      /older format \(0.*npx nest-larder triggers install/,
    ],
    [
      'of a newer format',
      'update larder.state set format = 99; update larder.readers set readable_from = 98',
      ['a'],
      /newer format \(99.*use the newer nest-larder/,
    ],
    ['without a column', 'select 1', ['a', 'b'], /do not write b/],
    ['of which one was dropped', 'DROP', ['a'], /has no trigger for update/],
    ['of which one is disabled', 'alter table calls disable trigger user', ['a'], /do not always fire/],
    ['whose column was renamed', 'alter table calls rename a to c', ['a'], /has no column a/],
    ['whose primary key was changed', 'alter table calls drop column id', ['a'], /or the table has changed since/],
  ])('does not start with triggers %s', async (_, sql, columns, message) => {
    if (sql !== '') await installTriggers(url, [rule('calls', 'a')]);
    const [trigger] = await run(`select tgname from pg_trigger where tgname like '%_update'`);
    await run(sql === 'DROP' ? `drop trigger ${trigger?.tgname} on calls` : sql || 'select 1');
    await expect(started(columns)).rejects.toMatchObject({
      code: 'LARDER_CHANGE_FEED',
      message: expect.stringMatching(message),
    });
  });

  it('starts after a log of an older format was upgraded', async () => {
    await installTriggers(url, [rule('calls', 'a')]);
    await run('update larder.state set format = 0');
    await expect(triggersStatus(url)).rejects.toThrow(/older format/);
    await installTriggers(url, []);
    await started();
  });
});

describe('npx nest-larder triggers', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-command-'));
    await run('create table "Calls" (id int primary key, "User" int)');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function larder(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    const out: string[] = [];
    const err: string[] = [];
    const terminal = {
      print: (text: string) => void out.push(text),
      complain: (text: string) => void err.push(text),
    };
    const code = await runCommand(argv, { DATABASE_URL: url }, terminal);
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  it('installs, reports the state and removes', async () => {
    expect(await larder('triggers', 'status')).toMatchObject({ code: 0, out: expect.stringContaining('No table') });
    expect((await larder('triggers', 'install', '--table', 'Calls:User')).code).toBe(0);
    expect(await larder('triggers', 'status')).toEqual({ code: 0, out: 'public.Calls: id, User – in order', err: '' });
    await run('alter table "Calls" disable trigger user');
    expect(await larder('triggers', 'status')).toMatchObject({ code: 1, err: expect.stringContaining('always fire') });
    expect((await larder('triggers', 'remove', '--table', 'Calls')).code).toBe(0);
    expect(await traces()).toEqual(NOTHING);
    expect(await larder('triggers', 'remove')).toEqual({ code: 0, out: 'Nothing is installed.', err: '' });
    expect(await larder('triggers', 'remove', '--table', 'Calls')).toMatchObject({ code: 1 });
  });

  it('prints the SQL or writes a file, and psql can run either', async () => {
    const file = join(folder, 'triggers.sql');
    const dry = await larder('triggers', 'install', '--table', 'Calls:User', '--dry-run');
    expect((await larder('triggers', 'install', '--table', 'Calls:User', '--migration', file)).code).toBe(0);
    expect(await traces()).toEqual(NOTHING);
    expect(await readFile(file, 'utf8')).toBe(dry.out);
    expect(await larder('triggers', 'install', '--migration', file, '--table', 'Calls:User')).toMatchObject({
      code: 2,
    });
    for (const _ of [1, 2]) await run(dry.out);
    expect((await larder('triggers', 'status')).code).toBe(0);
    await run((await larder('triggers', 'remove', '--dry-run')).out);
    expect(await traces()).toEqual(NOTHING);
  });

  it('takes tables from a module with rules', async () => {
    const file = join(folder, 'rules.mjs');
    const made = { table: { schema: 'public', name: 'Calls' }, columns: ['User'], covers: [] };
    await writeFile(
      file,
      `export const rules = [{ ...${JSON.stringify(made)}, invalidate() {} }]; export const other = 5;`,
    );
    expect((await larder('triggers', 'install', '--rules', file)).code).toBe(0);
    expect(await triggersStatus(url)).toMatchObject([{ table: 'public.Calls', columns: ['id', 'User'] }]);
    expect(await larder('triggers', 'install', '--rules', join(folder, 'no.mjs'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot be loaded'),
    });
  });

  it.each([
    [['trigger', 'install'], /Unknown command 'trigger'/],
    [['triggers', 'instal'], /got 'instal', expected install, remove, status or suggest/],
    [['triggers', 'install', '--table', 'Calls'], /Invalid table with columns 'Calls'/],
    [['triggers', 'install', '--tabel', 'Calls:a'], /--tabel/],
    [['triggers', 'status', '--url', 'mysql://secret@h/d'], /Invalid URL \(not shown\)/],
  ])('does not understand %j', async (argv, message) => {
    const { code, err } = await larder(...argv);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) });
    expect(err).not.toContain('secret');
  });

  it('reports a database that cannot be reached', async () => {
    const gone = await larder('triggers', 'status', '--url', 'postgres://u:secret@127.0.0.1:1/d');
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('ECONNREFUSED') });
    expect(gone.err).not.toContain('secret');
    expect(await larder('triggers', 'status', '--url', server.urlOf(server.port, { database: 'none' }))).toMatchObject({
      code: 1,
      err: expect.stringContaining('database "none" does not exist'),
    });
    expect((await larder('help')).out).toContain('npx nest-larder triggers install');
  });
});

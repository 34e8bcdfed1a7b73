import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { onTable } from '../../../libs/larder/src/change-feed/table-rule.js';
import { installTriggers } from '../../../libs/larder/src/change-feed/triggers/install.js';
import { checkPostgres } from '../../../libs/larder/src/cli/doctor/postgres-check.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

const LIMITS = { retention: 3_600_000, maxLogRows: 1000 };
const DAY = 86_400_000;

let server: PostgresServer;
let client: Client;

beforeAll(async () => {
  server = await PostgresServer.start();
  client = new Client({ connectionString: server.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await server.stop();
});

beforeEach(async () => {
  await client.query('drop schema if exists larder cascade; drop schema public cascade; create schema public');
  await client.query('create table calls (id int primary key, user_id int); create table rooms (id int primary key)');
});

const rules = (...tables: string[]) => tables.map((table) => onTable(table, { columns: ['id'], invalidate: () => [] }));

async function install(...tables: string[]): Promise<void> {
  await installTriggers(server.url, rules(...tables));
}

/** A reader that saved its position when nothing had been written yet. */
async function savedReader(age: number): Promise<void> {
  await client.query(
    `insert into larder.cursors (name, read, xid, id, history, saved_at)
     values ('larder', pg_current_snapshot(), '0', 0, 'x', now() - $1::float8 * interval '1 millisecond')`,
    [age],
  );
}

/** A query of a cached method has used this column of a table. */
async function use(table: string, column: string): Promise<void> {
  await client.query('insert into larder.uses values ($1, $2, true)', [table, column]);
}

const TRIGGERS_OF_OTHER = `select tgname from pg_trigger where tgrelid = 'other'::regclass and not tgisinternal`;

interface BrokenSetup {
  readonly prepare: () => Promise<unknown>;
  readonly level?: 'warning';
  readonly text: RegExp;
  readonly remedy: RegExp;
}

const BROKEN: Readonly<Record<string, BrokenSetup>> = {
  'no watched table': { prepare: async () => {}, text: /^No table is watched$/, remedy: /triggers install/ },
  'a disabled trigger': {
    prepare: async () => {
      await install('calls', 'rooms');
      await client.query('alter table calls disable trigger all');
    },
    text: /^public\.calls has triggers that do not always fire: /,
    remedy: /triggers install as the owner/,
  },
  'a dropped trigger': {
    prepare: async () => {
      await install('calls', 'rooms');
      const { rows } = await client.query(
        "select tgname from pg_trigger where tgrelid = 'rooms'::regclass and not tgisinternal limit 1",
      );
      await client.query(`drop trigger "${rows[0].tgname}" on rooms`);
    },
    text: /^public\.rooms /,
    remedy: /triggers install/,
  },
  'a watched table that was dropped': {
    prepare: async () => {
      await install('calls', 'rooms');
      await client.query('drop table rooms');
    },
    text: /^There is no table public\.rooms/,
    remedy: /triggers install/,
  },
  'a reader that has stopped': {
    prepare: async () => {
      await install('calls');
      await savedReader(300_000);
      await client.query('insert into calls values (1, 1); insert into calls values (2, 1)');
    },
    text: /^The reader larder has read nothing for 5m, and 2 rows of the log are waiting$/,
    remedy: /Start a process with the change feed/,
  },
  'changes that were deleted before they were read': {
    prepare: async () => {
      await install('calls');
      await savedReader(0);
      await client.query('insert into calls values (1, 1)');
      await client.query(
        'update larder.state set trimmed = (select max(xid) from larder.changes), seen = pg_current_snapshot()',
      );
      await client.query('delete from larder.changes');
    },
    level: 'warning',
    text: /^Changes were deleted before the reader larder had read them$/,
    remedy: /LARDER_CHANGE_FEED_RETENTION/,
  },
  'a log that no process trims': {
    prepare: async () => {
      await install('calls');
      await client.query('insert into calls values (1, 1)');
      await client.query("update larder.changes set at = now() - interval '3 days'");
      await savedReader(0);
    },
    level: 'warning',
    text: /^The change log has 1 row \(.* KB\), the oldest 3d old; it should keep 1h and 1,000 rows$/,
    remedy: /start one, or remove the triggers/,
  },
  'changes that no process has followed': {
    prepare: () => install('calls'),
    level: 'warning',
    text: /^No process has followed the changes yet$/,
    remedy: /changeFeed of LarderModule\.forRoot/,
  },
  'a column that cached queries use and no trigger writes': {
    prepare: async () => {
      await install('calls');
      await use('public.calls', 'user_id');
    },
    level: 'warning',
    text: /^Each change of public\.calls invalidates all values that depend on its user_id, which its triggers do not write$/,
    remedy: /triggers install/,
  },
  'a table that cached queries read and no trigger watches': {
    prepare: async () => {
      await install('calls');
      await use('public.rooms', 'id');
    },
    level: 'warning',
    text: /^Values read from public\.rooms are not stored: it has no triggers/,
    remedy: /triggers install/,
  },
  'a table that cached queries read and no trigger can watch': {
    prepare: async () => {
      await install('calls');
      await client.query('alter table rooms set unlogged');
      await use('public.rooms', 'id');
    },
    level: 'warning',
    text: /^Values read from public\.rooms are not stored: public\.rooms is unlogged/,
    remedy: /Leave dependsOn out/,
  },
  'a partition without triggers': {
    prepare: async () => {
      await client.query('drop table rooms; create table rooms (id int primary key) partition by range (id)');
      await client.query('create table rooms_1 partition of rooms for values from (0) to (10)');
      await install('calls', 'rooms');
      await use('public.rooms', 'id');
      await client.query(
        'create table other (id int primary key); alter table rooms attach partition other for values from (10) to (20)',
      );
      for (const { tgname } of (await client.query(TRIGGERS_OF_OTHER)).rows)
        await client.query(`drop trigger "${tgname}" on other`);
    },
    text: /^public\.other, which belongs to public\.rooms, has no trigger for /,
    remedy: /triggers install/,
  },
  'a schema of another program': {
    prepare: () => client.query('create schema larder'),
    text: /The schema larder was not made by nest-larder; rename it/,
    remedy: /^$/,
  },
};

describe('nest-larder doctor on PostgreSQL', () => {
  it('names a parser that is not installed, only where cached queries need it', async () => {
    await install('calls');
    const text = expect.stringContaining('libpg-query is not installed');
    expect(await checkPostgres(server.url, LIMITS, false)).not.toContainEqual(expect.objectContaining({ text }));
    await use('public.calls', 'id');
    const remedy = 'npm install libpg-query';
    const missing = { area: 'postgresql', level: 'problem', text, remedy };
    expect(await checkPostgres(server.url, LIMITS, false)).toContainEqual(missing);
    const fine = { area: 'postgresql', level: 'ok', text: expect.stringMatching(/^1 table is read by cached queries/) };
    expect(await checkPostgres(server.url, LIMITS, true)).toContainEqual(fine);
  });

  it.each(Object.entries(BROKEN))('names %s, and what to do', async (_name, { prepare, level, text, remedy }) => {
    await prepare();
    const serious = (await checkPostgres(server.url, LIMITS, true)).filter((finding) => finding.level !== 'ok');
    const others = serious.filter((finding) => !finding.text.startsWith('No process has followed'));
    expect(others.length > 0 ? others : serious).toContainEqual({
      area: 'postgresql',
      level: level ?? 'problem',
      text: expect.stringMatching(text),
      ...(remedy.source !== '^$' && { remedy: expect.stringMatching(remedy) }),
    });
    // The events of one table are a finding each.
    expect(new Set(others.map((finding) => finding.text.split(':')[0])).size).toBeLessThanOrEqual(1);
  });

  it('names a database that does not exist', async () => {
    const [finding] = await checkPostgres(`${server.url}-none`, LIMITS, true);
    expect(finding).toMatchObject({ level: 'problem', text: expect.stringContaining('does not exist') });
  });

  it('finds nothing wrong with a log that is read, and tells its size and the tables', async () => {
    await install('calls', 'rooms');
    await client.query('insert into calls values (1, 1)');
    await savedReader(DAY);
    const findings = await checkPostgres(server.url, LIMITS, true);
    expect(findings.map(({ level, text }) => `${level} ${text}`)).toEqual([
      'ok 2 watched tables are in order: public.calls, public.rooms',
      expect.stringMatching(/^ok The change log has 1 row \([\d.]+ KB\)$/),
    ]);
  });
});

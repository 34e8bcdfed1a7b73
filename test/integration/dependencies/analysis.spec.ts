import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Analyser } from '../../../libs/larder/src/dependencies/analysis/analyser.js';
import { resultOf } from '../../../libs/larder/src/dependencies/observation/driver/result-rows.js';
import type { ObservedQuery } from '../../../libs/larder/src/dependencies/observed-query.js';
import { databaseOf } from '../../support/dependencies/client-database.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

const SCHEMA = `
create type mood as enum ('calm', 'busy');
create domain code as text;
create collation nondeterministic (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table a (id int primary key, b_id int, name text, mood mood, code code, day date, price numeric, fuzzy text collate nondeterministic,
  fixed char(3), active boolean, uid uuid);
create table b (id bigint primary key, c_id int, name varchar(20), small smallint);
create table c (id int primary key, a_id int not null references a, label text);
create view a_view as select id, name as title, b_id from a where active;
create view a_counts as select b_id, count(*) as n from a group by b_id;
create materialized view a_frozen as select * from a;
create sequence numbers;
create table secret (id int primary key);
alter table secret enable row level security;
create table single (t text);
create table odd."Odd.Name" (id int primary key);
create function elsewhere.lower(int) returns text language sql as 'select 1::text';
`;
let server: PostgresServer;
let client: Client;
let analyser: Analyser;

beforeAll(async () => {
  server = await PostgresServer.start();
  client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create schema odd; create schema elsewhere; ${SCHEMA}`);
  analyser = await Analyser.open({ database: databaseOf(client) });
}, 60_000);
afterAll(async () => {
  await client?.end();
  await server?.stop();
});

// The values of rows are needed by R5 only.
const query = (text: string, values: readonly unknown[] = []): ObservedQuery => ({
  text,
  values,
  rows: undefined,
  fields: [],
});

/** `a.id=1,2 b`, or the reason in brackets. The server must accept the text. */
async function read(text: string, ...values: unknown[]): Promise<string> {
  await client.query({ text, values });
  const analysis = await analyser.dependenciesOf(query(text, values));
  if ('reason' in analysis) return `(${analysis.reason})`;
  return analysis.dependencies
    .map(({ table, ...rest }) => {
      const name = table.replace(/^public\./, '');
      return 'values' in rest && rest.column !== undefined ? `${name}.${rest.column}=${[...rest.values].sort()}` : name;
    })
    .sort()
    .join(' ');
}

type Case = readonly [text: string, values: readonly unknown[], expected: string];
const cases = (name: string, list: readonly Case[]) =>
  describe(name, () => {
    it.each(list)('%s', async (text, values, expected) => {
      expect(await read(text, ...values)).toBe(expected);
    });
  });

cases('a single table', [
  ['select * from a where id = $1', [1], 'a.id=1'],
  ['select * from a where $1 = id', [1], 'a.id=1'],
  ['select * from a where id in (1, $1)', [2], 'a.id=1,2'],
  ['select * from a where id = any($1)', [[[1], [2]]], 'a.id=1,2'],
  ['select * from a where id = any(array[1, 2])', [], 'a.id=1,2'],
  ['select * from a where id > $1', [1], 'a'],
  ['select * from a where id = 1 or id = 2', [], 'a'],
  ['select * from a where not id = 1', [], 'a'],
  ['select * from a', [], 'a'],
  ['select count(*) from a where name = $1', ['x'], 'a.name=x'],
  ['select name from a group by name having name = $1', ['x'], 'a'],
  ['select * from a where id = null', [], ''],
  ['select * from a where id = $1', [null], ''],
  ['select * from odd."Odd.Name" where id = 7', [], 'odd."Odd.Name".id=7'],
  ['select 1', [], ''],
  ['begin', [], ''],
  ['rollback', [], ''],
]);

cases('R4: booleans and rows', [
  ['select * from a where active', [], 'a.active=true'],
  ['select * from a where not active', [], 'a.active=false'],
  ['select * from a where active is true', [], 'a.active=true'],
  ['select * from a where active is not true', [], 'a'],
  ['select * from a where (id, b_id) = (1, 2)', [], 'a.id=1'],
  ['select * from a where (id, name) in ((1, $1), ($2, $3))', ['x', 2, 'y'], 'a.id=1,2'],
]);

cases('rules 9 and 10: types and values', [
  ['select * from a where mood = $1', ['calm'], 'a.mood=calm'],
  ['select * from a where mood = $1::text::mood', ['calm'], 'a.mood=calm'],
  ['select * from a where code = $1', ['x'], 'a.code=x'],
  ['select * from a where day = $1', ['2026-01-31'], 'a.day=2026-01-31'],
  ['select * from a where day = $1', ['today'], 'a'],
  ['select * from a where day = $1', [new Date('2026-01-31')], 'a'],
  ['select * from a where id = $1', [' 1 '], 'a'],
  ['select * from a where id = $1', ['0x1'], 'a'],
  ['select * from a where id = $1', ['+1'], 'a'],
  ['select * from a where id = 1.0', [], 'a'],
  ['select * from a where id in ($1, 2.5)', [1], 'a'],
  ['select * from a where id::int8 = $1::int8', [1], 'a.id=1'],
  ['select * from a where id::text = $1', ['1'], 'a'],
  ['select * from a where id = $1::float8', [1], 'a'],
  ['select * from a where id = $1 and price > $1::float8', [1], 'a'],
  ['select * from a where id = $1 and b_id = $1', [1], 'a.id=1'],
  ['select * from a where name = $1::varchar(2)', ['xyz'], 'a'],
  ['select * from a where name = $1 collate "C"', ['x'], 'a'],
  ['select * from a where name = $1::varchar', ['x'], 'a.name=x'],
  ['select * from a where price = $1', [1], 'a'],
  ['select * from a where fuzzy = $1', ['x'], 'a'],
  ['select * from a where fixed = $1', ['x'], 'a'],
  [
    'select * from a where uid = $1',
    ['f0000000-0000-0000-0000-000000000001'],
    'a.uid=f0000000-0000-0000-0000-000000000001',
  ],
  ['select * from a where uid = $1', ['F0000000-0000-0000-0000-000000000001'], 'a'],
  ['select * from a where name = $1', ['\ud800'], 'a.name=\ufffd'],
]);

cases('joins', [
  ['select * from a join b on b.id = a.b_id where a.id = 1', [], 'a.id=1 b'],
  ['select * from a join b on b.id = a.b_id where a.b_id = 1', [], 'a.b_id=1 b.id=1'],
  ['select * from a, b where b.id = a.b_id and b.id = $1', [1], 'a.b_id=1 b.id=1'],
  ['select * from a left join b on b.id = a.b_id and b.name = $1', ['x'], 'a b.name=x'],
  ['select * from a left join b on b.id = a.b_id and a.name = $1', ['x'], 'a b'],
  ['select * from a right join b on b.id = a.b_id and a.name = $1', ['x'], 'a.name=x b'],
  ['select * from a full join b on b.id = a.b_id and a.name = $1', ['x'], 'a b'],
  ['select * from a left join b on b.id = a.b_id where a.b_id = $1', [1], 'a.b_id=1 b.id=1'],
  ['select * from a left join b on b.id = a.b_id where a.id = 1 and b.id is not null', [], 'a.id=1 b'],
  // R6: the WHERE drops the rows without b, which makes the join an inner one.
  ['select * from a left join b on b.id = a.b_id and a.name = $1 where b.small = 5', ['x'], 'a.name=x b.small=5'],
  ['select * from a full join b on b.id = a.b_id and b.name = $1 where a.id = 5', ['x'], 'a.id=5 b.name=x'],
  // R7
  ['select * from a join c using (id) where id = 5', [], 'a.id=5 c.id=5'],
  ['select * from a left join c using (id) where id = 5', [], 'a.id=5 c.id=5'],
  ['select * from a full join c using (id) where id = 5', [], 'a.id=5 c.id=5'],
  ['select * from a natural join c where id = 5', [], 'a.id=5 c.id=5'],
  // R2
  ['select * from unnest($1::int[]) as u (x) join a on a.id = u.x', [[1, 2]], 'a.id=1,2'],
  ['select * from unnest($1::int[]) as u left join a on a.id = u', [[1, 2]], 'a.id=1,2'],
]);

cases('sub-selects', [
  ['select * from a where id in (select a_id from c where label = $1)', ['x'], 'a c.label=x'],
  ['select (select count(*) from c where c.a_id = a.id) from a where a.id = $1', [1], 'a.id=1 c.a_id=1'],
  ['select * from a where id = 1 and exists (select from c where a_id = a.id)', [], 'a.id=1 c.a_id=1'],
  ['select * from (select * from a) s where id = $1', [1], 'a.id=1'],
  ['select * from (select * from a limit 5) s where id = $1', [1], 'a'],
  ['select * from (select distinct * from a) s where id = $1', [1], 'a'],
  ['select * from (select id, count(*) over () from a) s where id = $1', [1], 'a'],
  ['select * from a_view where id = $1', [1], 'a.id=1'],
  ['select * from a_view where title = $1', ['x'], 'a.name=x'],
  ['select * from a_counts where b_id = $1', [1], 'a'],
  ['with s as (select * from a) select * from s where id = $1', [1], 'a.id=1'],
  ['with a as (select 5 as id) select * from a where id = $1', [1], ''],
  ['with a as (select * from a) select * from a where id = $1', [1], 'a.id=1'],
  [
    'with recursive t as (select 1 as n union all select n + 1 from t where n < 3) select * from t join a on a.id = t.n',
    [],
    'a',
  ],
  ['select id from a where id = 1 union all select id from b where id = 2', [], 'a.id=1 b.id=2'],
  [
    'select * from a, lateral (select * from c where c.a_id = a.id order by id limit 1) x where a.id = $1',
    [1],
    'a.id=1 c.a_id=1',
  ],
  ['select * from a join lateral (select count(*) from c where a.id = 5) x on true', [], 'a c'],
  ['select (select count(*) + (select count(*) from b where b.id = a.id) from c where a.id = 5) from a', [], 'a b c'],
]);

cases('rule 11: names', [
  ['select * from a as x (one) where one = $1', [1], 'a.id=1'],
  ['select * from (a join b on b.id = a.b_id) as j (one) where one = $1', [1], 'a.id=1 b'],
  ['select id as b_id from a where b_id = $1', [1], 'a.b_id=1'],
  ['select (select label from c where c.id = b_id) from a where b_id = 3', [], 'a.b_id=3 c.id=3'],
  // A row of one column is compared as a row.
  ["select * from single where single = row('x'::text)", [], 'single'],
  ['select (select max(label) from c where a_id = 3) from a', [], 'a c.a_id=3'],
]);

describe('R5: by result', () => {
  const rows = async (text: string, rowMode?: 'array') => {
    const result = await client.query({ text, ...(rowMode && { rowMode }) });
    const read = resultOf({ ...result, rowAsArray: rowMode === 'array' });
    const analysis = await analyser.dependenciesOf({ text, values: [], ...read });
    return 'dependencies' in analysis ? analysis.dependencies : analysis;
  };
  const whole = (table: string) => ({ table: `public.${table}` });
  beforeAll(() =>
    client.query(`insert into b values (7, 1, 'x', 1), (8, 1, 'y', 1); insert into a (id, b_id) values (1, 7), (2, 8), (3, 9);
      insert into c values (1, 1, 'x'), (2, 3, 'y')`),
  );

  it.each([
    ['select b_id, (select name from b where b.id = a.b_id) from a', ['7', '8', '9']],
    ['select b_id, name_of.name from a left join b name_of on name_of.id = b_id order by a.id limit 2', ['7', '8']],
  ])('%s', async (text, values) => {
    expect(await rows(text)).toEqual([whole('a'), { table: 'public.b', column: 'id', values }]);
  });

  it('takes the keys of rows that a foreign key joins', async () => {
    expect(await rows('select c.id, a.id as of, a.name from c join a on a.id = c.a_id')).toEqual([
      whole('c'),
      { table: 'public.a', column: 'id', values: ['1', '3'] },
    ]);
  });

  it.each([
    'select b_id, (select name from b where b.id = a.b_id) as n from a order by n limit 1',
    'select b_id, b.name from a join b on b.id = b_id',
    'select b_id, b.name from a left join b on b.id = b_id order by b.name limit 1',
    'select b.id, b.name from a left join b on b.id = b_id',
    'select a.b_id as id, b.id, b.name from a left join b on b.id = a.b_id',
    'select distinct b_id, b.name from a left join b on b.id = b_id',
  ])('takes the whole table for %s', async (text) => {
    expect(await rows(text)).toContainEqual(whole('b'));
  });

  it('tells columns of one name apart in rows that are arrays, as Drizzle reads them', async () => {
    const text = 'select c.id, a.id, a.name from c join a on a.id = c.a_id';
    expect(await rows(text, 'array')).toEqual([whole('c'), { table: 'public.a', column: 'id', values: ['1', '3'] }]);
    expect(await rows(text)).toEqual([whole('c'), whole('a')]);
    const all = 'select * from c join a on a.id = c.a_id';
    expect(await rows(all, 'array')).toEqual([whole('c'), { table: 'public.a', column: 'id', values: ['1', '3'] }]);
  });
});

cases('not cached', [
  ['select ctid from a', [], '(it uses the system column ctid)'],
  ['select * from a for update', [], '(it locks rows)'],
  ['select * from a tablesample system (10)', [], '(it uses TABLESAMPLE)'],
  ['select relname from pg_class', [], '(it reads pg_class of the catalogue)'],
  ['select * from numbers', [], '(public.numbers is a sequence)'],
  ['select * from a_frozen', [], '(public.a_frozen is a materialised view)'],
  ['select * from secret', [], '(public.secret has row security)'],
  ['select current_user from a', [], '(it depends on the user or the schema of the session)'],
  [
    "select current_setting('server_version')",
    [],
    '(it calls the function current_setting, which may read more than its arguments)',
  ],
  ['select random() from a', [], '(it calls the function random, which may read more than its arguments)'],
  ["select 'a'::regclass", [], '(it casts to regclass, which is not followed)'],
  ['select lower(name) from a', [], '(the function lower also exists outside pg_catalog)'],
  ['with x as (delete from c where id = 0 returning *) select * from x', [], '(its WITH writes)'],
  ['insert into odd."Odd.Name" values (1) on conflict do nothing', [], '(it is not a SELECT but a Insert)'],
  ['show timezone', [], '(it is not a SELECT but a VariableShow)'],
]);

it('shows that an answer depends on the time', async () => {
  expect(await analyser.dependenciesOf(query('select * from a where day < current_date and id = 1'))).toMatchObject({
    dependencies: [{ table: 'public.a', column: 'id', values: ['1'] }],
    timeDependent: true,
  });
});

it('takes the whole table for more than 32 values', async () => {
  const values = Array.from({ length: 33 }, (_, n) => n);
  expect(await read('select * from a where id = any($1)', values)).toBe('a');
  expect(await read('select * from a where id = any($1)', values.slice(1))).toMatch(/^a.id=1,/);
});

it('R8: names the columns that the query uses', async () => {
  const analysis = await analyser.dependenciesOf(
    query('select x.name from a x join b on b.id = x.b_id where x.id = 1 order by b.small'),
  );
  expect('columns' in analysis && analysis.columns.map(({ table, column }) => `${table}.${column}`).sort()).toEqual([
    'public.a.b_id',
    'public.a.id',
    'public.a.name',
    'public.b.id',
    'public.b.small',
  ]);
});

it('gives the error of the parser as the reason', async () => {
  expect(await analyser.dependenciesOf(query('selec 1'))).toEqual({ reason: 'syntax error at or near "selec"' });
});

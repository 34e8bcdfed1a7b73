import type { Random } from '../history/random.js';

// The tables that the proof reads and changes. Values are few, so that predicates meet rows, and rows meet each other.

export type Kind = 'integer' | 'text' | 'boolean' | 'mood' | 'uuid' | 'date' | 'numeric' | 'fuzzy' | 'fixed';
export interface WorldTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, Kind>>;
  /** Whether rows can be written to it. */
  readonly isBase: boolean;
  readonly notNull?: readonly string[];
}

const table = (name: string, columns: Readonly<Record<string, Kind>>, notNull = ['id']): WorldTable => ({
  name,
  columns,
  isBase: true,
  notNull,
});
const view = (name: string, columns: Readonly<Record<string, Kind>>): WorldTable => ({ name, columns, isBase: false });

export const TABLES: readonly WorldTable[] = [
  table(
    't',
    {
      id: 'integer',
      u_id: 'integer',
      n: 'integer',
      s: 'text',
      b: 'boolean',
      e: 'mood',
      g: 'uuid',
      d: 'date',
      m: 'numeric',
      f: 'fuzzy',
      c: 'fixed',
    },
    ['id', 'u_id'],
  ),
  table('u', { id: 'integer', v_id: 'integer', n: 'integer', s: 'text' }),
  table('v', { id: 'integer', k: 'integer', s: 'text', b: 'boolean' }),
  table('p', { id: 'integer', n: 'integer', s: 'text' }, ['id', 'n']),
  table('h', { id: 'integer', n: 'integer' }),
  table('h_child', { id: 'integer', n: 'integer', more: 'text' }),
  view('t_view', { id: 'integer', u_id: 'integer', n: 'integer', s: 'text' }),
  view('t_groups', { n: 'integer', total: 'integer' }),
  view('t_with_u', { id: 'integer', n: 'integer', u_s: 'text' }),
];
export const BASE_TABLES = TABLES.filter(({ isBase }) => isBase);

const COLUMNS: Readonly<Record<Kind, string>> = {
  integer: 'int',
  text: 'text',
  boolean: 'boolean',
  mood: 'mood',
  uuid: 'uuid',
  date: 'date',
  numeric: 'numeric',
  fuzzy: 'text collate fuzzy',
  fixed: 'char(3)',
};
const PARENTS: Readonly<Record<string, readonly string[]>> = { p_low: ['p'], p_high: ['p'], h_child: ['h'] };

/** The tables whose rows a row of this one is. */
export function familyOf(name: string): readonly string[] {
  return [name, ...(PARENTS[name] ?? [])];
}

const trigger = (name: string, columns: Readonly<Record<string, Kind>>) => {
  const image = (row: string) =>
    `jsonb_build_object(${Object.keys(columns).map((column) => `'${column}', ${row}.${column}::text`)})`;
  return `create function note_${name}() returns trigger language plpgsql as $$ begin
    insert into log values (tg_table_name, tg_op, case when tg_op <> 'INSERT' then ${image('old')} end,
      case when tg_op <> 'DELETE' then ${image('new')} end);
    return null; end $$;
    create trigger note after insert or update or delete on ${name} for each row execute function note_${name}();
    create trigger note_all after truncate on ${name} for each statement execute function note_truncate();`;
};

export const SCHEMA = `
create type mood as enum ('calm', 'busy');
create collation fuzzy (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table log (name text, op text, old jsonb, new jsonb);
create table v (id int primary key, k int, s text, b boolean);
create table u (id bigint primary key, v_id int references v on update cascade on delete set null, n smallint, s varchar(20));
create table t (id int primary key, u_id bigint not null references u on update cascade on delete cascade,
  ${Object.entries(TABLES[0]?.columns ?? {})
    .slice(2)
    .map(([name, kind]) => `${name} ${COLUMNS[kind]}`)});
create table p (id int, n int not null, s text) partition by list (n);
create table p_low partition of p for values in (1, 2);
create table p_high partition of p default;
create table h (id int, n int);
create table h_child (more text) inherits (h);
create view t_view as select id, u_id, n, s from t where b;
create view t_groups as select n, count(*)::int as total from t group by n;
create view t_with_u as select t.id, t.n, u.s as u_s from t left join u on u.id = t.u_id;
create materialized view t_frozen as select n, s from t;
create function upper(x int) returns text stable language sql as 'select max(s) from u';
create function joined(x text, y int) returns text stable language sql as 'select max(s) from u';
create operator @# (leftarg = text, rightarg = int, function = joined);
create function note_truncate() returns trigger language plpgsql as $$ begin
  insert into log values (tg_table_name, tg_op, null, null); return null; end $$;
${BASE_TABLES.map(({ name, columns }) => trigger(name, columns)).join('\n')}
create trigger note_all after truncate on p_low for each statement execute function note_truncate();
create trigger note_all after truncate on p_high for each statement execute function note_truncate();
`;

const VALUES: Readonly<Record<Kind, readonly string[]>> = {
  integer: ['1', '2', '3', '4', '1', '2'],
  text: ['x', 'X', 'y', ''],
  boolean: ['true', 'false'],
  mood: ['calm', 'busy'],
  uuid: ['00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b'],
  date: ['2026-01-31', '2026-02-28'],
  numeric: ['1', '1.0', '1.00', '2'],
  fuzzy: ['x', 'X', 'y'],
  fixed: ['x', 'y'],
};

export function anyValue(kind: Kind, random: Random): string {
  return random.oneOf(VALUES[kind]);
}

export function literal(kind: Kind, value: string | null): string {
  if (value === null) return 'null';
  return kind === 'integer' || kind === 'boolean' || kind === 'numeric' ? value : `'${value}'`;
}

/** The values of a row, as SQL. */
export function rowOf({ columns, notNull = [] }: WorldTable, random: Random): readonly string[] {
  return Object.entries(columns).map(([name, kind]) => {
    const isNull = !notNull.includes(name) && random.below(6) === 0;
    return literal(kind, isNull ? null : anyValue(kind, random));
  });
}

const IDS = ['1', '2', '3', '4'];

/** Statements that fill the tables. None fails. */
export function dataOf(random: Random): readonly string[] {
  const some = () => IDS.filter(() => random.below(4) > 0);
  const [vs, us, ts] = [some(), some(), some()];
  const insert = (name: string, ids: readonly string[], fixed: Readonly<Record<string, readonly string[]>>) => {
    const found = BASE_TABLES.find((one) => one.name === name) as WorldTable;
    const names = Object.keys(found.columns);
    return ids.map((id) => {
      const values = rowOf(found, random).map((value, index) => {
        const choices = fixed[names[index] as string];
        if (names[index] === 'id') return id;
        return choices === undefined ? value : choices.length === 0 ? 'null' : random.oneOf(choices);
      });
      return `insert into ${name} (${names}) values (${values.join(', ')})`;
    });
  };
  return [
    ...insert('v', vs, {}),
    ...insert('u', us, { v_id: vs }),
    ...(us.length === 0 ? [] : insert('t', ts, { u_id: us })),
    ...['p', 'h', 'h_child'].flatMap((name) => insert(name, some(), {})),
  ];
}

import type { Database } from '../../postgres/session.js';
import { FORMAT, MARK } from './schema.js';
import { literal, type TableName } from './table-name.js';
import type { Column } from './watch.js';

/** A relation with rows of a watched table: the table itself, a partition, or a table that inherits from it. */
interface Relation extends TableName {
  readonly oid: string;
  readonly kind: string;
  readonly persistence: string;
  readonly isPartition: boolean;
  /** Whether a logical subscription writes it: PostgreSQL then runs no statement triggers. */
  readonly isSubscribed: boolean;
}

export interface Table {
  /** The table, then its partitions and the tables that inherit from it. */
  readonly family: readonly [Relation, ...Relation[]];
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
}

/** A trigger whose name or function is Larder's. */
export interface FoundTrigger {
  /** The oid of its relation. */
  readonly oid: string;
  readonly relation: TableName;
  readonly name: string;
  readonly enabled: string;
  readonly functionSchema: string;
  readonly functionName: string;
}

/** The installed change log. */
export interface Installed {
  readonly format: number;
  /** The oldest format whose readers can read this log. */
  readonly readableFrom: number;
  readonly watches: readonly InstalledWatch[];
}

export interface InstalledWatch {
  readonly id: string;
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly chosen: readonly string[];
  readonly current: boolean;
  readonly compared: readonly string[];
  readonly computed: readonly string[];
}

/** A function in the schema `larder`. */
export interface FoundFunction {
  readonly body: string;
  /** The settings that it pins, as `name=value`. */
  readonly settings: readonly string[];
}

/** A table as the catalog describes it; undefined if it does not exist. */
export async function findTable(database: Database, { schema, name }: TableName): Promise<Table | undefined> {
  const family = await database.query<Relation>(FAMILY, [schema, name]);
  const [root] = family;
  if (root === undefined) return undefined;
  const columns = await database.query<Column>(COLUMNS, [root.oid]);
  const key = await database.query<{ name: string }>(PRIMARY_KEY, [root.oid]);
  return { family: family as [Relation, ...Relation[]], columns, primaryKey: key.map(({ name }) => name) };
}

/** All triggers in the database whose function or name is Larder's. */
export function findTriggers(database: Database): Promise<FoundTrigger[]> {
  return database.query(TRIGGERS);
}

/** The functions in the schema `larder`, by name. */
export async function findFunctions(database: Database): Promise<ReadonlyMap<string, FoundFunction>> {
  const rows = await database.query<FoundFunction & { name: string }>(FUNCTIONS);
  return new Map(rows.map(({ name, ...found }) => [name, found]));
}

/** Whether the schema `larder` exists, and whether nest-larder made it. */
export async function findSchema(database: Database): Promise<'none' | 'ours' | 'foreign'> {
  const [row] = await database.query<{ ours: boolean }>(SCHEMA);
  if (row === undefined) return 'none';
  return row.ours ? 'ours' : 'foreign';
}

/** The installed log, or undefined. Call it only if the schema is `ours`. */
export async function findInstalled(database: Database): Promise<Installed | undefined> {
  const [state] = await database.query<{ format: number }>('select format from larder.state');
  if (state === undefined) return undefined;
  // Older formats have no table of readers: only their own readers can read them.
  const [readers] =
    state.format < FORMAT
      ? []
      : await database.query<{ readable_from: number }>('select readable_from from larder.readers');
  // Watches of the former release lack the columns `compared` and `computed`.
  const rows = await database.query<Omit<InstalledWatch, 'table'> & { schema_name: string; table_name: string }>(
    `select w.* from larder.watches w order by schema_name, table_name, id`,
  );
  const watches = rows.map(({ schema_name: schema, table_name: name, compared = [], computed = [], ...watch }) => ({
    ...watch,
    compared,
    computed,
    table: { schema, name },
  }));
  return { format: state.format, readableFrom: readers?.readable_from ?? state.format, watches };
}

const FAMILY = `
with recursive family as (
  select c.oid, 0 as depth from pg_catalog.pg_class c
  join pg_catalog.pg_namespace s on s.oid = c.relnamespace where s.nspname = $1 and c.relname = $2
  union
  select i.inhrelid, f.depth + 1 from family f join pg_catalog.pg_inherits i on i.inhparent = f.oid
)
select c.oid::text as oid, s.nspname as schema, c.relname as name, c.relkind::text as kind,
  c.relpersistence::text as persistence, c.relispartition as "isPartition",
  exists (select from pg_catalog.pg_subscription_rel r where r.srrelid = c.oid) as "isSubscribed"
from (select oid, min(depth) as depth from family group by oid) f join pg_catalog.pg_class c on c.oid = f.oid
join pg_catalog.pg_namespace s on s.oid = c.relnamespace
where c.relkind not in ('i', 'I') order by f.depth, s.nspname, c.relname`;

const COLUMNS = `
select a.attname as name, coalesce(b.typname, t.typname) as type, a.attgenerated = 'v' as "isVirtual"
from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`;

const PRIMARY_KEY = `
select a.attname as name from pg_catalog.pg_index i
cross join lateral unnest(i.indkey::smallint[]) with ordinality k (number, place)
join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
where i.indrelid = $1::oid and i.indisprimary order by k.place`;

const TRIGGERS = `
select t.tgrelid::text as oid, json_build_object('schema', rs.nspname, 'name', r.relname) as relation, t.tgname as name,
  t.tgenabled::text as enabled, fs.nspname as "functionSchema", f.proname as "functionName"
from pg_catalog.pg_trigger t
join pg_catalog.pg_class r on r.oid = t.tgrelid join pg_catalog.pg_namespace rs on rs.oid = r.relnamespace
join pg_catalog.pg_proc f on f.oid = t.tgfoid join pg_catalog.pg_namespace fs on fs.oid = f.pronamespace
where not t.tgisinternal and (fs.nspname = 'larder' or t.tgname like 'larder\\_%') order by rs.nspname, r.relname, t.tgname`;

const FUNCTIONS = `
select f.proname as name, f.prosrc as body, coalesce(f.proconfig, '{}') as settings from pg_catalog.pg_proc f
join pg_catalog.pg_namespace s on s.oid = f.pronamespace where s.nspname = 'larder'`;

const SCHEMA = `
select coalesce(obj_description(oid, 'pg_namespace') = ${literal(MARK)}, false) as ours
from pg_catalog.pg_namespace where nspname = 'larder'`;

// What the catalogue of PostgreSQL is asked. The fingerprint covers the rows of all of these but STATISTICS.

const USER_SCHEMA = `n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

export interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly persistence: string;
  readonly row_security: boolean;
  readonly definition: string | null;
}
/** Run it with an empty search_path: every name in a view is qualified then. */
export const RELATIONS = `
select c.oid::int8::float8 as oid, n.nspname as schema, c.relname as name, c.relkind::text as kind,
  c.relpersistence::text as persistence, c.relrowsecurity as row_security,
  case when c.relkind = 'v' then pg_catalog.pg_get_viewdef(c.oid) end as definition
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${USER_SCHEMA} order by c.oid`;

export interface ColumnRow {
  readonly relation: number;
  readonly name: string;
  readonly type: number;
  readonly deterministic: boolean | null;
  readonly generated: string;
}
export const COLUMNS = `
select a.attrelid::int8::float8 as relation, a.attname as name, a.atttypid::int8::float8 as type,
  l.collisdeterministic as deterministic, a.attgenerated::text as generated
from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_collation l on l.oid = a.attcollation
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f') and ${USER_SCHEMA}
order by a.attrelid, a.attnum`;

export interface TypeRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly base: number;
  readonly labels: readonly string[] | null;
}
export const TYPES = `
select t.oid::int8::float8 as oid, n.nspname as schema, t.typname as name, t.typtype::text as kind,
  t.typbasetype::int8::float8 as base,
  (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels
from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where t.typtype <> 'c' and n.nspname not in ('information_schema', 'pg_toast') order by t.oid`;

export interface ConstraintRow {
  readonly relation: number;
  readonly kind: 'p' | 'f';
  readonly columns: readonly string[];
  readonly target: number;
  readonly target_columns: readonly string[] | null;
}
const NAMES = (relation: string, numbers: string) => `(
  select array_agg(a.attname::text order by k.place) from unnest(${numbers}) with ordinality k (number, place)
  join pg_catalog.pg_attribute a on a.attrelid = ${relation} and a.attnum = k.number)`;
// A NOT ENFORCED or temporal key exists from PostgreSQL 18 on; `to_jsonb` reads a column that older servers lack.
export const CONSTRAINTS = `
select c.conrelid::int8::float8 as relation, c.contype::text as kind, ${NAMES('c.conrelid', 'c.conkey')} as columns,
  c.confrelid::int8::float8 as target, ${NAMES('c.confrelid', 'c.confkey')} as target_columns
from pg_catalog.pg_constraint c
where c.conrelid <> 0 and c.contype in ('p', 'f') and c.convalidated
  and coalesce((to_jsonb(c)->>'conenforced')::boolean, true) and not coalesce((to_jsonb(c)->>'conperiod')::boolean, false)
order by c.oid`;

export interface InheritanceRow {
  readonly parent: number;
  readonly child: number;
}
export const INHERITANCE = `
select i.inhparent::int8::float8 as parent, i.inhrelid::int8::float8 as child from pg_catalog.pg_inherits i
join pg_catalog.pg_class c on c.oid = i.inhrelid where c.relkind in ('r', 'p', 'f') order by 1, 2`;

export interface NameRow {
  readonly kind: 'function' | 'operator' | 'foreign operator' | 'cast';
  readonly name: string;
}
/** Functions, operators and casts that do not come with PostgreSQL. A foreign operator takes a type that does not either. */
export const NAMES_ELSEWHERE = `
select distinct 'function' as kind, p.proname::text as name from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname not in ('pg_catalog', 'information_schema')
union all
select distinct case when (o.oprleft = 0 or l.oid < 16384) and (o.oprright = 0 or r.oid < 16384) then 'operator' else 'foreign operator' end,
  o.oprname::text from pg_catalog.pg_operator o left join pg_catalog.pg_type l on l.oid = o.oprleft
left join pg_catalog.pg_type r on r.oid = o.oprright where o.oid >= 16384
union all
select 'cast', c.castsource::regtype::text || ' to ' || c.casttarget::regtype::text from pg_catalog.pg_cast c
where c.oid >= 16384 and c.castsource < 16384 and c.casttarget < 16384
order by 1, 2`;

/**
 * What changes without a trace in the rows above: triggers that are switched on or off, also if they are as before again; policies;
 * partitions that were detached for a while; the functions of the change log.
 */
export const TRIGGERS = `
select t.tgrelid::int8::float8 as relation, t.tgname::text as name, t.tgenabled::text as enabled, t.xmin::text as version
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid where not t.tgisinternal and c.relpersistence <> 't'
union all
select p.polrelid::int8::float8, p.polname::text, 'policy', p.xmin::text from pg_catalog.pg_policy p
union all
select i.inhrelid::int8::float8, i.inhparent::text, 'child', i.xmin::text from pg_catalog.pg_inherits i
join pg_catalog.pg_class c on c.oid = i.inhrelid where c.relkind in ('r', 'p', 'f')
union all
select 0, f.proname::text, 'function', f.xmin::text from pg_catalog.pg_proc f
join pg_catalog.pg_namespace n on n.oid = f.pronamespace where n.nspname = 'larder'
order by 1, 2, 3`;

export interface SettingsRow {
  readonly schemas: readonly string[];
  readonly transform_null_equals: string;
  readonly array_nulls: string;
  readonly standard_conforming_strings: string;
}
export const SETTINGS = `
select pg_catalog.current_schemas(true)::text[] as schemas,
  current_setting('transform_null_equals') as transform_null_equals, current_setting('array_nulls') as array_nulls,
  current_setting('standard_conforming_strings') as standard_conforming_strings`;

export interface StatisticsRow {
  readonly relation: number;
  readonly name: string;
  readonly distinct: number;
}
export const STATISTICS = `
select c.oid::int8::float8 as relation, s.attname::text as name,
  max(case when s.n_distinct >= 0 then s.n_distinct else -s.n_distinct * greatest(c.reltuples, 1) end)::float8 as distinct
from pg_catalog.pg_stats s join pg_catalog.pg_namespace n on n.nspname = s.schemaname
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = s.tablename
where ${USER_SCHEMA} group by 1, 2`;

import type { Random } from '../history/random.js';
import { anyValue, BASE_TABLES, literal, rowOf, type WorldTable } from './world.js';

/** A statement that changes rows. It can fail, by a constraint. */
export function changeOf(random: Random, names: readonly string[] = []): string {
  const tables = BASE_TABLES.filter(({ name }) => names.length === 0 || names.includes(name));
  const table = random.oneOf(tables);
  const { name } = table;
  const columns = Object.keys(table.columns);
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return `insert into ${name} (${columns}) values (${rowOf(table, random)}) on conflict do nothing`;
    case 3:
    case 4:
      return `delete from ${name} where ${somewhere(table, random)}`;
    case 5:
      return `truncate ${name} cascade`;
    case 6:
      return name === 't' || name === 'u' || name === 'v' ? upsert(table, random) : `delete from only ${name}`;
    case 7:
      return `merge into ${name} using (values (1), (2)) x (id) on ${name}.id = x.id
        when matched then update set ${assignment(table, random)}`;
    default:
      return `update ${name} set ${assignment(table, random)} where ${somewhere(table, random)}`;
  }
}

function upsert(table: WorldTable, random: Random): string {
  return `insert into ${table.name} (${Object.keys(table.columns)}) values (${rowOf(table, random)})
    on conflict (id) do update set ${assignment(table, random)}`;
}

function assignment(table: WorldTable, random: Random): string {
  const count = random.below(3) === 0 ? 2 : 1;
  const names = new Set(Array.from({ length: count }, () => random.oneOf(Object.keys(table.columns))));
  return [...names]
    .map((name) => {
      const kind = table.columns[name] ?? 'text';
      const isNull = !table.notNull?.includes(name) && random.below(6) === 0;
      return `${name} = ${literal(kind, isNull ? null : anyValue(kind, random))}`;
    })
    .join(', ');
}

function somewhere(table: WorldTable, random: Random): string {
  if (random.below(6) === 0) return 'true';
  const name = random.below(2) === 0 ? 'id' : random.oneOf(Object.keys(table.columns));
  return `${table.name}.${name} = ${literal(table.columns[name] ?? 'text', anyValue(table.columns[name] ?? 'text', random))}`;
}

import type { CatalogFacts } from './facts.js';
import type { ColumnRow, RelationRow } from './queries.js';
import type { Column, Relation, RelationKind } from './relation.js';
import type { ClassOfColumn, TypeFacts } from './value-class.js';

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialised view',
  f: 'foreign table',
  S: 'sequence',
};
/** Without statistics: enough for a column to be preferred to a boolean, too little against a key. */
const UNKNOWN_DISTINCT = 100;
const KEY_DISTINCT = 1_000_000;
/** Types made from this oid on do not come with PostgreSQL. */
const FIRST_USER_OID = 16_384;

export function typesOf({ types }: Pick<CatalogFacts, 'types'>): ReadonlyMap<number, TypeFacts> {
  return new Map(types.map(({ oid, schema, name, kind, base }) => [oid, { oid, schema, name, kind, base }]));
}

export function relationsOf(
  facts: CatalogFacts,
  types: ReadonlyMap<number, TypeFacts>,
  classOfColumn: ClassOfColumn,
): Relation[] {
  const columns = groupBy(facts.columns, ({ relation }) => relation);
  const constraints = groupBy(facts.constraints, ({ relation }) => relation);
  const children = groupBy(facts.inheritance, ({ parent }) => parent);
  const rows = new Map(facts.relations.map((row) => [row.oid, row]));
  const distinct = new Map(facts.statistics.map((row) => [`${row.relation} ${row.name}`, row.distinct]));

  const descendants = (oid: number): RelationRow[] =>
    (children.get(oid) ?? []).flatMap(({ child }) => [rows.get(child) ?? [], descendants(child)].flat());

  return facts.relations.map(({ oid, schema, name, kind, persistence, row_security, definition }) => {
    const own = constraints.get(oid) ?? [];
    const primaryKey = own.find(({ kind }) => kind === 'p')?.columns ?? [];
    const family = descendants(oid);
    const toColumn = (row: ColumnRow): Column =>
      columnOf(
        row,
        types,
        classOfColumn,
        distinct.get(`${oid} ${row.name}`),
        primaryKey.length === 1 && primaryKey[0] === row.name,
      );
    return {
      oid,
      schema,
      name,
      kind: KINDS[kind] ?? 'other',
      isTemporary: persistence === 't',
      hasRowSecurity: row_security || family.some((child) => child.row_security),
      hasChildren: family.length > 0,
      childKinds: new Set(
        family.map((child) => (child.persistence === 't' ? 'temporary' : (KINDS[child.kind] ?? 'other'))),
      ),
      columns: (columns.get(oid) ?? []).map(toColumn),
      primaryKey,
      foreignKeys: own
        .filter((constraint) => constraint.kind === 'f')
        .map(({ columns, target, target_columns }) => ({ columns, target, targetColumns: target_columns ?? [] })),
      definition: definition ?? undefined,
    };
  });
}

function columnOf(
  row: ColumnRow,
  types: ReadonlyMap<number, TypeFacts>,
  classOfColumn: ClassOfColumn,
  distinct: number | undefined,
  isKey: boolean,
): Column {
  const base = baseOf(types.get(row.type), types);
  const valueClass = base && classOfColumn(base, row);
  return {
    name: row.name,
    type: base?.name ?? '?',
    valueClass,
    isForeignType: base === undefined || (base.oid >= FIRST_USER_OID && base.kind !== 'e'),
    distinct: distinct || (isKey ? KEY_DISTINCT : valueClass === 'boolean' ? 2 : UNKNOWN_DISTINCT),
  };
}

/** The type that a domain, or a domain over a domain, is based on. */
function baseOf(type: TypeFacts | undefined, types: ReadonlyMap<number, TypeFacts>): TypeFacts | undefined {
  return type?.kind === 'd' ? baseOf(types.get(type.base), types) : type;
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => number): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

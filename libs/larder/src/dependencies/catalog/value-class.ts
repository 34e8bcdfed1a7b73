/**
 * A kind of values that have exactly one text each, in any session (rule 10). Values of one class that are equal have equal texts.
 * The three widths of integers are one class: `=` compares them by value.
 */
export type ValueClass = 'integer' | 'uuid' | 'boolean' | 'text' | 'date' | `enum ${number}`;

const CLASSES: Readonly<Record<string, ValueClass>> = {
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  uuid: 'uuid',
  bool: 'boolean',
  text: 'text',
  varchar: 'text',
  date: 'date',
};

/** A type of the database as the catalogue describes it. */
export interface TypeFacts {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `b`ase, `d`omain, `e`num, `r`ange, … */
  readonly kind: string;
  readonly base: number;
}

/** The class of the values of a type; undefined if it has none. */
export function valueClassOf({ oid, schema, name, kind }: TypeFacts): ValueClass | undefined {
  if (kind === 'e') return `enum ${oid}`;
  return schema === 'pg_catalog' && kind === 'b' ? CLASSES[name] : undefined;
}

/** What a column adds to its type. */
export interface ColumnTraits {
  /** Whether texts are equal only if they are the same; null for a type without collation. */
  readonly deterministic: boolean | null;
  /** `v` for a virtual column. */
  readonly generated: string;
}

/** A virtual column has no value in a trigger (rule 18). */
export function valueClassOfColumn(
  type: TypeFacts,
  { deterministic, generated }: ColumnTraits,
): ValueClass | undefined {
  return generated === 'v' || deterministic === false ? undefined : valueClassOf(type);
}

/** Tells the class of a column; tests give another one. */
export type ClassOfColumn = typeof valueClassOfColumn;

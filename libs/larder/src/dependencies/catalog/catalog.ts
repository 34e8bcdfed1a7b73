import type { Database } from '../../postgres/session.js';
import { readFacts } from './facts.js';
import { refusalOf } from './refused-settings.js';
import type { Relation } from './relation.js';
import { relationsOf, typesOf } from './relations-of.js';
import { type ClassOfColumn, type TypeFacts, valueClassOfColumn } from './value-class.js';

/** What is known of a database at one moment. */
export class Catalog {
  private constructor(
    /** Two snapshots with the same fingerprint say the same, statistics aside. */
    readonly fingerprint: string,
    /** Why no query of this database can be analysed, if there is a reason. */
    readonly refusal: string | undefined,
    /** The schemas that an unqualified name is looked for in, in this order, without pg_catalog. */
    private readonly searchPath: readonly string[],
    private readonly relations: ReadonlyMap<string, Relation>,
    private readonly byOid: ReadonlyMap<number, Relation>,
    private readonly types: ReadonlyMap<string, TypeFacts>,
    private readonly elsewhere: ReadonlySet<string>,
  ) {}

  /** @throws LarderChangeFeedError if the database does not answer */
  static async load(database: Database, classOfColumn: ClassOfColumn = valueClassOfColumn): Promise<Catalog> {
    const facts = await readFacts(database);
    const types = typesOf(facts);
    const relations = relationsOf(facts, types, classOfColumn);
    return new Catalog(
      facts.fingerprint,
      refusalOf(facts),
      facts.settings.schemas.filter((schema) => schema !== 'pg_catalog' && !schema.startsWith('pg_temp')),
      new Map(relations.map((relation) => [keyOf(relation.schema, relation.name), relation])),
      new Map(relations.map((relation) => [relation.oid, relation])),
      new Map([...types.values()].map((type) => [keyOf(type.schema, type.name), type])),
      new Set(facts.elsewhere.map(({ kind, name }) => keyOf(kind, name))),
    );
  }

  /** A relation by name; as the server finds it with this search path, if the name has no schema. */
  relation(schema: string | undefined, name: string): Relation | undefined {
    return found(this.relations, schema === undefined ? this.searchPath : [schema], name);
  }

  /** The views, with the queries that define them. */
  views(): readonly { readonly oid: number; readonly definition: string }[] {
    return [...this.byOid.values()].flatMap(({ oid, definition }) =>
      definition === undefined ? [] : [{ oid, definition }],
    );
  }

  relationOf(oid: number): Relation | undefined {
    return this.byOid.get(oid);
  }

  /** A type by name, where pg_catalog comes first. A domain is its base type. */
  type(schema: string | undefined, name: string): TypeFacts | undefined {
    const type = found(this.types, schema === undefined ? ['pg_catalog', ...this.searchPath] : [schema], name);
    return type;
  }

  /** Whether a function of that name exists outside pg_catalog (rule 15). */
  hasFunction(name: string): boolean {
    return this.elsewhere.has(keyOf('function', name));
  }

  /** Whether an operator of that name exists outside pg_catalog: for types of pg_catalog, or for other types. */
  hasOperator(name: string): 'for any type' | 'for foreign types' | undefined {
    if (this.elsewhere.has(keyOf('operator', name))) return 'for any type';
    return this.elsewhere.has(keyOf('foreign operator', name)) ? 'for foreign types' : undefined;
  }
}

function found<T>(map: ReadonlyMap<string, T>, schemas: readonly string[], name: string): T | undefined {
  for (const schema of schemas) {
    const value = map.get(keyOf(schema, name));
    if (value !== undefined) return value;
  }
  return undefined;
}

function keyOf(first: string, second: string): string {
  return `${first}\0${second}`;
}

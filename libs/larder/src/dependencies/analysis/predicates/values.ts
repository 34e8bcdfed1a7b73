import type { A_ArrayExpr, Node, TypeName } from 'libpg-query';
import type { Catalog } from '../../catalog/catalog.js';
import { type ValueClass, valueClassOf } from '../../catalog/value-class.js';
import { hasModifier, isArrayType, literalOf, qualified } from '../sql/nodes.js';
import type { ValueSource } from './fact.js';

/** The class of the values of a type as written in a cast; undefined if it has none, or the cast can cut values. */
export function castClass(type: TypeName | undefined, catalog: Catalog): ValueClass | undefined {
  const name = qualified(type?.names);
  if (type === undefined || name === undefined || hasModifier(type) || type.setof || type.pct_type) return undefined;
  const found = catalog.type(name.schema, name.name);
  return found && valueClassOf(found);
}

/** Whether a cast gives values of a class, from texts or values of the class (rule 9). */
export type CastKeeps = (cast: ValueClass | undefined, valueClass: ValueClass) => boolean;

/**
 * Reads the other side of a comparison with a column as constants of the column's class.
 *
 * @returns undefined if it is anything else
 */
export class ValueReader {
  constructor(
    private readonly catalog: Catalog,
    private readonly castKeeps: CastKeeps,
  ) {}

  /** One value: a literal or a parameter, with or without casts to the same type, or to text below one. */
  one(node: Node | undefined, valueClass: ValueClass, use: ValueClass = valueClass): ValueSource | undefined {
    if (node === undefined) return undefined;
    if ('ParamRef' in node) return { kind: 'parameter', number: node.ParamRef.number ?? 0, use };
    if ('A_Const' in node) {
      const literal = literalOf(node.A_Const);
      if (literal === undefined) return undefined;
      const fits = literal.kind === 'string' || literal.kind === 'null' || literal.kind === NATURAL[valueClass];
      return fits ? { kind: 'literal', literal } : undefined;
    }
    return this.#underCasts(node, valueClass, false, (inner, cast) => this.one(inner, valueClass, cast));
  }

  /** The values of `= ANY (…)`: an array parameter, or an array of single values. */
  array(node: Node | undefined, valueClass: ValueClass, use = valueClass): readonly ValueSource[] | undefined {
    if (node === undefined) return undefined;
    if ('ParamRef' in node) return [{ kind: 'elements', number: node.ParamRef.number ?? 0, use: `${use}[]` }];
    if ('A_ArrayExpr' in node) return this.list((node.A_ArrayExpr as A_ArrayExpr).elements, valueClass);
    return this.#underCasts(node, valueClass, true, (inner, cast) => this.array(inner, valueClass, cast));
  }

  list(nodes: readonly Node[] | undefined, valueClass: ValueClass): readonly ValueSource[] | undefined {
    const sources = (nodes ?? []).map((node) => this.one(node, valueClass));
    return sources.some((source) => source === undefined) ? undefined : (sources as ValueSource[]);
  }

  #underCasts<T>(
    node: Node,
    valueClass: ValueClass,
    isArray: boolean,
    inner: (node: Node | undefined, cast: ValueClass) => T | undefined,
  ): T | undefined {
    if (!('TypeCast' in node)) return undefined;
    const { arg, typeName } = node.TypeCast;
    if (typeName === undefined || isArrayType(typeName) !== isArray) return undefined;
    const cast = castClass(typeName, this.catalog);
    return this.castKeeps(cast, valueClass) ? inner(arg, cast ?? valueClass) : undefined;
  }
}

/** The kind of literal without quotes that a class is written as. */
const NATURAL: Readonly<Record<string, 'number' | 'boolean'>> = { integer: 'number', boolean: 'boolean' };

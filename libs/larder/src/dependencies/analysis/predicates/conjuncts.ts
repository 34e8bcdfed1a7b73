import type { A_Expr, Node } from 'libpg-query';
import type { Catalog } from '../../catalog/catalog.js';
import type { ValueClass } from '../../catalog/value-class.js';
import type { ColumnRef, Ref } from '../names/ref.js';
import type { Scope } from '../names/scope.js';
import { namesOf, operatorOf } from '../sql/nodes.js';
import { classOf, type Fact, type ValueSource } from './fact.js';
import { castClass, type ValueReader } from './values.js';

const COMPARISONS: ReadonlySet<string | undefined> = new Set(['=', '<', '>', '<=', '>=', '<>']);

/** Reads the other side of a comparison with a column of this class. */
type Read = (valueClass: ValueClass) => readonly ValueSource[] | undefined;

/** Reads what the top-level conjuncts of a WHERE or ON say of columns. What it does not know says nothing. */
export class ConjunctReader {
  constructor(
    private readonly catalog: Catalog,
    private readonly values: ValueReader,
  ) {}

  facts(node: Node | undefined, scope: Scope): readonly Fact[] {
    if (node === undefined) return [];
    if ('BoolExpr' in node) {
      const { boolop, args = [] } = node.BoolExpr;
      if (boolop === 'AND_EXPR') return args.flatMap((arg) => this.facts(arg, scope));
      return boolop === 'NOT_EXPR' ? this.#truth(args[0], scope, false) : [];
    }
    if ('A_Expr' in node) return this.#comparison(node.A_Expr, scope);
    if ('ColumnRef' in node) return this.#truth(node, scope, true);
    if ('BooleanTest' in node) {
      const { booltesttype, arg } = node.BooleanTest;
      if (booltesttype === 'IS_TRUE') return this.#truth(arg, scope, true);
      return booltesttype === 'IS_FALSE' ? this.#truth(arg, scope, false) : [];
    }
    if ('NullTest' in node && node.NullTest.nulltesttype === 'IS_NOT_NULL')
      return present(this.#ref(node.NullTest.arg, scope));
    return [];
  }

  /** R4: a boolean column by itself. */
  #truth(node: Node | undefined, scope: Scope, truth: boolean): readonly Fact[] {
    const ref = this.#ref(node, scope);
    if (ref?.kind !== 'column' || classOf(ref) !== 'boolean') return [];
    return constant(ref, [{ kind: 'literal', literal: { kind: 'boolean', text: String(truth) } }]);
  }

  #comparison({ kind, name, lexpr, rexpr }: A_Expr, scope: Scope): readonly Fact[] {
    const operator = operatorOf(name);
    if (kind === 'AEXPR_OP' && operator !== '=') {
      if (!COMPARISONS.has(operator)) return [];
      return [lexpr, rexpr].flatMap((side) => present(this.#ref(side, scope)));
    }
    if (operator !== '=') return [];
    if (kind === 'AEXPR_OP') return this.#equality(lexpr, rexpr, scope);
    if (kind === 'AEXPR_OP_ANY') return this.#oneOf(lexpr, scope, (valueClass) => this.values.array(rexpr, valueClass));
    if (kind !== 'AEXPR_IN' || rexpr === undefined || !('List' in rexpr)) return [];
    const items = rexpr.List.items;
    if (lexpr !== undefined && 'RowExpr' in lexpr) return this.#rowIn(lexpr.RowExpr.args ?? [], items ?? [], scope);
    return this.#oneOf(lexpr, scope, (valueClass) => this.values.list(items, valueClass));
  }

  #equality(left: Node | undefined, right: Node | undefined, scope: Scope): readonly Fact[] {
    if (left !== undefined && right !== undefined && 'RowExpr' in left && 'RowExpr' in right) {
      const [lefts, rights] = [left.RowExpr.args ?? [], right.RowExpr.args ?? []];
      if (lefts.length !== rights.length) return [];
      return lefts.flatMap((one, index) => this.#equality(one, rights[index], scope));
    }
    const [first, second] = [this.#ref(left, scope), this.#ref(right, scope)];
    if (first !== undefined && second !== undefined) return equal(first, second);
    const [ref, other] = first === undefined ? [second, left] : [first, right];
    return ref === undefined ? [] : this.#constant(ref, (valueClass) => one(this.values.one(other, valueClass)));
  }

  #rowIn(columns: readonly Node[], items: readonly Node[], scope: Scope): readonly Fact[] {
    const rows = items.map((item) => ('RowExpr' in item ? (item.RowExpr.args ?? []) : []));
    return columns.flatMap((column, index) => {
      const list = rows.map((row) => row[index]);
      if (list.some((node) => node === undefined)) return [];
      return this.#oneOf(column, scope, (valueClass) => this.values.list(list as Node[], valueClass));
    });
  }

  #oneOf(node: Node | undefined, scope: Scope, read: Read): readonly Fact[] {
    const ref = this.#ref(node, scope);
    return ref === undefined ? [] : this.#constant(ref, read);
  }

  #constant(ref: Ref, read: Read): readonly Fact[] {
    if (ref.kind === 'merged') {
      // R7: the merged value is that of either side, or of both; a row of a side that has another value is in no result.
      return ref.refs.flatMap((side) =>
        this.#constant(side, read).flatMap((fact) => (fact.kind === 'constant' ? [{ ...fact, isStrict: false }] : [])),
      );
    }
    if (ref.kind !== 'column') return [];
    const valueClass = classOf(ref);
    const sources = valueClass && read(valueClass);
    return sources === undefined ? present(ref) : constant(ref, sources);
  }

  /** A bare column, or one with a cast to its own type (rule 9). */
  #ref(node: Node | undefined, scope: Scope): Ref | undefined {
    if (node === undefined) return undefined;
    if ('ColumnRef' in node) return scope.column(namesOf(node.ColumnRef.fields));
    if (!('TypeCast' in node) || (node.TypeCast.typeName?.arrayBounds ?? []).length > 0) return undefined;
    const ref = this.#ref(node.TypeCast.arg, scope);
    if (ref?.kind !== 'column' || classOf(ref) === undefined) return undefined;
    return castClass(node.TypeCast.typeName, this.catalog) === classOf(ref) ? ref : undefined;
  }
}

function constant(ref: ColumnRef, sources: readonly ValueSource[]): readonly Fact[] {
  return [{ kind: 'constant', ref, sources, isStrict: true }];
}

/** What `left = right` says, as an ON or a USING. */
export function equal(left: Ref, right: Ref): readonly Fact[] {
  if (left.kind === 'elements' || right.kind === 'elements') {
    const [elements, other] = left.kind === 'elements' ? [left, right] : [right, left];
    if (elements.kind !== 'elements' || other.kind !== 'column') return [];
    if (classOf(other) !== elements.valueClass) return present(other);
    return constant(other, [{ kind: 'elements', number: elements.parameter, use: `${elements.valueClass}[]` }]);
  }
  if (left.kind === 'column' && right.kind === 'column') {
    const isCarried = classOf(left) !== undefined && classOf(left) === classOf(right);
    if (isCarried) return [{ kind: 'equal', refs: [left, right] }];
  }
  return [...present(left), ...present(right)];
}

/** Operators of other types than those of pg_catalog may be true for NULL. */
function present(ref: Ref | undefined): readonly Fact[] {
  return ref?.kind === 'column' && !ref.column.isForeignType ? [{ kind: 'present', ref }] : [];
}

function one(source: ValueSource | undefined): readonly ValueSource[] | undefined {
  return source && [source];
}

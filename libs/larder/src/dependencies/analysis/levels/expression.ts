import type {
  A_Const,
  A_Expr,
  A_Indirection,
  CollateClause,
  ColumnRef,
  FuncCall,
  Node,
  ParamRef,
  SQLValueFunction,
  SubLink,
  TypeCast,
} from 'libpg-query';
import { use } from '../names/ref.js';
import type { Scope } from '../names/scope.js';
import { castClass } from '../predicates/values.js';
import { readsCatalogue } from '../sql/functions.js';
import { eachNode, isArrayType, literalOf, namesOf, operatorOf, qualified } from '../sql/nodes.js';
import { Refusal } from '../sql/refusal.js';
import type { Ctes } from './ctes.js';
import type { Query } from './level.js';
import { notePairs } from './parameter-types.js';
import type { Reading } from './reading.js';

const PASSIVE: ReadonlySet<string> = new Set(
  `BoolExpr NullTest BooleanTest CaseExpr CaseWhen CoalesceExpr MinMaxExpr RowExpr A_ArrayExpr A_Indirection A_Indices List
  ResTarget SortBy WindowDef NamedArgExpr CollateClause GroupingSet GroupingFunc String A_Star Integer Float Boolean
  JsonObjectConstructor JsonArrayConstructor JsonAggConstructor JsonObjectAgg JsonArrayAgg JsonKeyValue JsonValueExpr JsonFormat
  JsonOutput JsonReturning JsonIsPredicate`.split(/\s+/),
);
const TIME_WORDS = /^\s*(now|today|tomorrow|yesterday)\b/i;
const USER_FUNCTIONS: ReadonlySet<string | undefined> = new Set([
  'SVFOP_CURRENT_ROLE',
  'SVFOP_CURRENT_USER',
  'SVFOP_USER',
  'SVFOP_SESSION_USER',
  'SVFOP_CURRENT_CATALOG',
  'SVFOP_CURRENT_SCHEMA',
]);

/**
 * Reads expressions: refuses what may read more than it names, notes the columns and parameters that are used, and reads the
 * sub-selects.
 */
export class ExpressionReader {
  /** The sub-selects that were read. */
  readonly inner: Query[] = [];

  constructor(
    private readonly reading: Reading,
    private readonly scope: Scope,
    private readonly ctes: Ctes,
  ) {}

  read(part: unknown): void {
    eachNode(part, (tag, content) => this.#node(tag, content));
  }

  #node(tag: string, content: object): void {
    if (tag === 'ColumnRef') this.#column(content as ColumnRef);
    else if (tag === 'ParamRef') this.#parameter(content as ParamRef);
    else if (tag === 'A_Const') this.#constant(content as A_Const);
    else if (tag === 'A_Expr') this.#operator(content as A_Expr);
    else if (tag === 'TypeCast') this.#cast(content as TypeCast);
    else if (tag === 'FuncCall') this.#call(content as FuncCall);
    else if (tag === 'SubLink') this.#subLink(content as SubLink);
    else if (tag === 'SQLValueFunction') this.#valueFunction(content as SQLValueFunction);
    else this.#passive(tag, content);
  }

  #passive(tag: string, content: object): void {
    if (!PASSIVE.has(tag)) throw new Refusal(`it uses ${tag}, which is not followed`);
    if (tag === 'A_Indirection') this.#indirection(content as A_Indirection);
    // `CASE a WHEN b` compares.
    if (tag === 'CaseExpr') this.reading.noteOperator('=');
    this.read(tag === 'CollateClause' ? (content as CollateClause).arg : content);
  }

  #parameter({ number = 0 }: ParamRef): void {
    this.reading.parameters.note(number, 'other');
  }

  #column({ fields }: ColumnRef): void {
    const names = namesOf(fields);
    const system = names.find((name) => name !== undefined && this.reading.rules.isSystemColumn(name));
    if (system !== undefined) throw new Refusal(`it uses the system column ${system}`);
    this.scope.resolve(names).forEach(use);
  }

  #constant(content: A_Const): void {
    const literal = literalOf(content);
    if (literal?.kind === 'string' && TIME_WORDS.test(literal.text)) this.reading.noteTime();
  }

  #operator(expression: A_Expr): void {
    const name = operatorOf(expression.name);
    if (name === undefined) throw new Refusal('it uses an operator outside pg_catalog');
    const isBetween = expression.kind?.includes('BETWEEN') ?? false;
    for (const one of isBetween ? ['>=', '<='] : [name]) this.reading.noteOperator(one);
    const noted = notePairs(this.reading, expression, this.scope);
    for (const side of [expression.lexpr, expression.rexpr]) this.#readBut(noted, side);
  }

  /** Reads an expression without the parameters whose types are noted already. */
  #readBut(noted: ReadonlySet<Node>, node: Node | undefined): void {
    if (node === undefined || noted.has(node)) return;
    const items = 'List' in node ? node.List.items : 'RowExpr' in node ? node.RowExpr.args : undefined;
    if (items === undefined) this.read(node);
    else for (const item of items) this.#readBut(noted, item);
  }

  #cast({ arg, typeName }: TypeCast): void {
    const name = qualified(typeName?.names);
    const type = name && this.reading.catalog.type(name.schema, name.name);
    const isKnown = type !== undefined && (type.schema === 'pg_catalog' || type.kind === 'e' || type.kind === 'd');
    if (!isKnown || typeName === undefined || typeName.setof || typeName.pct_type || readsCatalogue(type.name))
      throw new Refusal(`it casts to ${name?.name ?? 'a type'}, which is not followed`);
    if (arg === undefined || !('ParamRef' in arg)) {
      this.read(arg);
      return;
    }
    const valueClass = castClass(typeName, this.reading.catalog);
    const noted =
      valueClass === undefined ? 'other' : isArrayType(typeName) ? (`${valueClass}[]` as const) : valueClass;
    this.reading.parameters.note(arg.ParamRef.number ?? 0, noted);
  }

  #call({ funcname, args, agg_order, agg_filter, over }: FuncCall): void {
    const { rules, catalog } = this.reading;
    const name = qualified(funcname);
    const known =
      name !== undefined && (name.schema ?? 'pg_catalog') === 'pg_catalog' ? rules.knownFunction(name.name) : undefined;
    if (name === undefined || known === undefined)
      throw new Refusal(`it calls the function ${name?.name ?? '?'}, which may read more than its arguments`);
    if (rules.isElsewhere('function', name.name, catalog))
      throw new Refusal(`the function ${name.name} also exists outside pg_catalog`);
    if (known === 'time') this.reading.noteTime();
    this.read([args, agg_order, agg_filter, over]);
  }

  #subLink({ testexpr, operName, subselect }: SubLink): void {
    const operator = operName === undefined ? '=' : operatorOf(operName);
    if (operator === undefined) throw new Refusal('it uses an operator outside pg_catalog');
    if (testexpr !== undefined) this.reading.noteOperator(operator);
    this.read(testexpr);
    if (subselect === undefined || !('SelectStmt' in subselect)) throw new Refusal('it has a sub-select that is none');
    this.inner.push(this.reading.query(subselect.SelectStmt, this.scope, this.ctes).query);
  }

  #valueFunction({ op }: SQLValueFunction): void {
    if (USER_FUNCTIONS.has(op)) throw new Refusal('it depends on the user or the schema of the session');
    this.reading.noteTime();
  }

  /** `(row).name` may be a system column, or call a function. */
  #indirection({ indirection = [] }: A_Indirection): void {
    for (const name of namesOf(indirection)) {
      if (name === undefined) continue;
      if (this.reading.rules.isSystemColumn(name) || name.startsWith('pg_') || this.reading.catalog.hasFunction(name))
        throw new Refusal(`what .${name} refers to cannot be told`);
    }
  }
}

import type { Node, RangeFunction } from 'libpg-query';
import { OTHER, type Ref } from '../names/ref.js';
import type { NamedRef, Scope } from '../names/scope.js';
import { underAlias } from '../names/under-alias.js';
import { castClass } from '../predicates/values.js';
import { columnsOfSet } from '../sql/functions.js';
import { isArrayType, namesOf } from '../sql/nodes.js';
import { Refusal } from '../sql/refusal.js';
import type { Ctes } from './ctes.js';
import { ExpressionReader } from './expression.js';
import { COMPUTED, type NamedItem } from './level.js';
import type { Reading } from './reading.js';

/** Reads a function in FROM. */
export function readFunction(reading: Reading, range: RangeFunction, scope: Scope, ctes: Ctes): NamedItem {
  const { functions = [], alias, ordinality, coldeflist } = range;
  const calls = functions.map((node) => ('List' in node ? (node.List.items ?? []) : []));
  const hasDefinitions = coldeflist !== undefined || calls.some((items) => items.length > 1 && !isEmpty(items[1]));
  if (hasDefinitions) throw new Refusal('its FROM calls a function with column definitions');
  const expressions = new ExpressionReader(reading, scope, ctes);
  expressions.read(calls.map(([call]) => call));

  const columns = calls.flatMap(([call]) =>
    columnsOf(reading, call, calls.length === 1 ? alias?.aliasname : undefined),
  );
  if (ordinality) columns.push({ name: 'ordinality', ref: OTHER });
  const [only] = calls.length === 1 ? (calls[0] ?? []) : [];
  const name = only !== undefined && 'FuncCall' in only ? (namesOf(only.FuncCall.funcname).at(-1) ?? '') : '';
  return {
    item: COMPUTED,
    namespace: underAlias(columns, alias, reading.rules.columnAlias, { schema: undefined, name }),
    inner: expressions.inner,
  };
}

function columnsOf(reading: Reading, call: Node | undefined, alias: string | undefined): NamedRef[] {
  if (call === undefined || !('FuncCall' in call)) throw new Refusal('its FROM calls what is not a function');
  const name = namesOf(call.FuncCall.funcname).at(-1) ?? '';
  const columns = columnsOfSet(name);
  if (columns === undefined) throw new Refusal(`its FROM calls ${name}, whose columns are not known`);
  if (columns.length > 0) return columns.map((column) => ({ name: column, ref: OTHER }));
  const args = name === 'unnest' ? (call.FuncCall.args ?? []) : [undefined];
  return args.map((arg) => ({ name: (args.length === 1 && alias) || name, ref: elementsOf(reading, arg) }));
}

/** R2: the elements of a parameter that is an array. */
function elementsOf(reading: Reading, arg: Node | undefined): Ref {
  if (arg === undefined || !('TypeCast' in arg)) return OTHER;
  const { arg: parameter, typeName } = arg.TypeCast;
  if (parameter === undefined || !('ParamRef' in parameter) || typeName === undefined) return OTHER;
  const valueClass = isArrayType(typeName) ? castClass(typeName, reading.catalog) : undefined;
  return valueClass === undefined ? OTHER : { kind: 'elements', parameter: parameter.ParamRef.number ?? 0, valueClass };
}

function isEmpty(node: Node | undefined): boolean {
  return node === undefined || Object.keys(node).length === 0;
}

import type { Block, Expression, Node, Statement } from 'ts-morph';
import { keptElsewhere } from '../code/fresh-values.js';
import { indentOf, reindented } from '../code/indentation.js';
import { bare, is, ownNodes } from '../code/node-kind.js';
import {
  bareInitializer,
  callIn,
  isConstant,
  removeUnused,
  statementsOf,
  uses,
  variableOf,
} from '../code/statements.js';
import type { CacheCall } from './cache-calls.js';
import { type CachedRead, type Served, ttlOf } from './cached-read.js';
import { type Refusal, refuse } from './candidate.js';

/** `const cached = await this.cache.get(key); if (cached) return cached; … await this.cache.set(key, value); return value`. */
export function ofGetAndSet(body: Block, calls: readonly CacheCall[]): CachedRead | Refusal | undefined {
  const [get, set, ...further] = [...calls].sort((one, other) => one.call.getStart() - other.call.getStart());
  if (get?.method !== 'get' || set?.method !== 'set' || further.length > 0) return undefined;
  const statements = body.getStatements();
  const at = statements.findIndex(
    (statement) => variableOf(statement) !== undefined && bareInitializer(statement) === get.call,
  );
  const before = statements.slice(0, at);
  const [read, check, ...rest] = statements.slice(at);
  if (at < 0 || read === undefined || !is(check, 'IfStatement') || check.getElseStatement() !== undefined)
    return undefined;
  if (!before.every(isConstant))
    return refuse(read, 'code runs before the cache is read', 'Move it to a method that calls this one');
  const variable = variableOf(read) as string;
  const [key, value, ttl] = set.call.getArguments();
  const [asked] = get.call.getArguments();
  if (asked === undefined || key === undefined || value === undefined || asked.getText() !== key.getText()) {
    return refuse(set.call, 'it stores under another key than it reads');
  }
  const time = ttlOf(ttl);
  if (time === 'unknown') return refuse(set.call, 'its TTL is no number');
  const common = { key: asked, ttl: time, calls };
  const condition = check.getExpression().getText();
  const then = statementsOf(check.getThenStatement());
  const hit = hitConditionOf(condition, variable);
  if (hit !== undefined && then.length === 1 && returnsVariable(then[0], variable)) {
    const steps = loadSteps(rest, set, value);
    if (typeof steps !== 'object') return refuse(set.call, steps ?? 'it is not stored directly before it is returned');
    const inner = rest.slice(0, -2);
    if (inner.some((statement) => uses(statement, variable)))
      return refuse(read, `${variable} is used after the cache has missed`);
    return {
      ...common,
      serves: hit,
      kept: keptElsewhere(value),
      write: (edits) => {
        removeUnused(edits, before, ...inner, steps.result);
        for (const gone of [read, check, steps.store]) edits.removeLine(gone);
      },
    };
  }
  const miss = missConditionOf(condition, variable);
  if (miss === undefined || rest.length !== 1 || !returnsVariable(rest[0], variable)) return undefined;
  const [store, assigned, ...earlier] = [...then].reverse();
  const assignment = is(assigned, 'ExpressionStatement') ? assigned.getExpression() : undefined;
  if (store === undefined || callIn(store) !== set.call || !is(assignment, 'BinaryExpression')) return undefined;
  if (
    assignment.getLeft().getText() !== variable ||
    assignment.getOperatorToken().getText() !== '=' ||
    value.getText() !== variable
  )
    return undefined;
  if (earlier.some((statement) => uses(statement, variable) || returnsEarly(statement)))
    return refuse(check, 'the load is not the last thing that it does');
  return {
    ...common,
    serves: miss,
    kept: keptElsewhere(assignment.getRight()),
    write: (edits) => {
      removeUnused(edits, before, ...earlier, assignment.getRight());
      edits.removeLine(read);
      const [from, to] = [indentOf(store), indentOf(check)];
      const texts = [...earlier.reverse().map((one) => one.getText()), `return ${assignment.getRight().getText()};`];
      edits.replace(check, texts.map((text) => reindented(text, from, to)).join(`\n${to}`));
      edits.removeLine(rest[0] as Statement);
    },
  };
}

interface LoadSteps {
  readonly store: Statement;
  readonly result: Statement;
}

/** `set` and `return` at the end, and nothing that leaves the method before them with a value. */
function loadSteps(
  rest: readonly Statement[],
  set: CacheCall,
  value: Expression | Node,
): LoadSteps | string | undefined {
  const [result, store, ...earlier] = [...rest].reverse();
  if (store === undefined || callIn(store) !== set.call || !is(value, 'Identifier')) return undefined;
  if (!is(result, 'ReturnStatement') || result.getExpression()?.getText() !== value.getText()) return undefined;
  return earlier.some(returnsEarly) ? 'it returns some values without storing them' : { store, result };
}

function returnsEarly(statement: Statement): boolean {
  return [statement, ...ownNodes(statement)].some((node) => {
    if (!is(node, 'ReturnStatement')) return false;
    const text = node.getExpression()?.getText();
    return text !== undefined && text !== 'null' && text !== 'undefined';
  });
}

function hitConditionOf(condition: string, variable: string): Served | undefined {
  if (condition === variable || condition === `!!${variable}` || condition === `Boolean(${variable})`) return 'truthy';
  return condition === `${variable} !== undefined` ? 'defined' : nullCheck(condition, variable, '!=');
}

function missConditionOf(condition: string, variable: string): Served | undefined {
  if (condition === `!${variable}`) return 'truthy';
  return condition === `${variable} === undefined` ? 'defined' : nullCheck(condition, variable, '==');
}

/** `value != null` or `value != undefined`. */
function nullCheck(condition: string, variable: string, operator: string): 'present' | undefined {
  return condition === `${variable} ${operator} null` || condition === `${variable} ${operator} undefined`
    ? 'present'
    : undefined;
}

function returnsVariable(statement: Statement | undefined, variable: string): boolean {
  if (!is(statement, 'ReturnStatement')) return false;
  const value = statement.getExpression();
  return value !== undefined && bare(value).getText() === variable;
}

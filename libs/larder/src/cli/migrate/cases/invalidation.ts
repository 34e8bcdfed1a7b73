import type { Block, MethodDeclaration, Node, Statement } from 'ts-morph';
import { type PortableKey, parameterList, portableKey } from '../code/key-text.js';
import { bare, is, ownNodes } from '../code/node-kind.js';
import { isPromise } from '../code/value-types.js';
import type { CacheCall } from './cache-calls.js';
import { addDecorator, type Candidate, type Refusal, refuse } from './candidate.js';

/** A method that deletes keys as the last thing that it does, each time that it succeeds. */
export function invalidation(method: MethodDeclaration, calls: readonly CacheCall[]): Candidate | Refusal {
  const body = method.getBody();
  if (!is(body, 'Block') || method.isStatic() || method.getTypeParameters().length > 0)
    return refuse(method, 'it is static, or has type parameters');
  if (!isPromise(method.getReturnType())) return refuse(method, 'it returns no promise');
  const end = endOf(body, calls);
  if ('reason' in end) return end;
  const { removed, result } = end;
  const keys: PortableKey[] = [];
  for (const { call } of calls) {
    const [given] = call.getArguments();
    const key = given === undefined ? 'it names no key' : portableKey(given, method, result);
    if (typeof key === 'string') return refuse(call, key, 'Call cache.invalidate of nest-larder there');
    keys.push(key);
  }
  const list = parametersOf(method, keys, result);
  if (list === undefined) return refuse(method, 'its parameters or its result have no types', 'Declare their types');
  return {
    kind: 'CacheInvalidate',
    method,
    calls,
    shapes: keys.map(({ shape }) => shape),
    keys,
    decorators: [],
    edit: (edits, form) => {
      for (const statement of removed) edits.removeLine(statement);
      const targets = `[${keys.map(form).join(', ')}]`;
      const isFunction = keys.some(({ parameters, usesResult }) => parameters.length > 0 || usesResult);
      addDecorator(
        edits,
        method,
        `@CacheInvalidate({ targets: ${isFunction ? `(${list.join(', ')}) => ` : ''}${targets} })`,
      );
    },
  };
}

interface End {
  readonly removed: readonly Statement[];
  /** The variable that it returns. */
  readonly result: string | undefined;
}

/** The statements that delete, at the end of a method. */
function endOf(body: Block, calls: readonly CacheCall[]): End | Refusal {
  const statements = body.getStatements();
  const last = statements.at(-1);
  const returns = is(last, 'ReturnStatement') ? last : undefined;
  const before = returns === undefined ? statements : statements.slice(0, -1);
  const removed: Statement[] = [];
  while (before.length > 0 && deletes(before.at(-1) as Statement, calls)) removed.unshift(before.pop() as Statement);
  const covered = removed.flatMap((statement) => callsIn(statement, calls));
  const left = calls.find((call) => !covered.includes(call));
  if (left !== undefined) {
    return refuse(
      left.call,
      'it does not delete the key as its last step each time',
      'Call cache.invalidate of nest-larder there',
    );
  }
  const value = returns?.getExpression();
  if (value !== undefined && !isSettled(value))
    return refuse(
      value,
      'it waits after it has deleted the key',
      'Store the result in a variable, and delete the key then',
    );
  const early = before
    .flatMap((statement) => [statement, ...ownNodes(statement)])
    .find((node) => is(node, 'ReturnStatement'));
  if (early !== undefined) return refuse(early, 'it can return without deleting the key', 'Split the method');
  return { removed, result: value !== undefined && is(value, 'Identifier') ? value.getText() : undefined };
}

/** Whether an expression neither waits nor throws. */
function isSettled(value: Node): boolean {
  return [value, ...value.getDescendants()].every(
    (node) => !/^(AwaitExpression|CallExpression|NewExpression)$/.test(node.getKindName()),
  );
}

function deletes(statement: Statement, calls: readonly CacheCall[]): boolean {
  const expression = is(statement, 'ExpressionStatement') ? bare(statement.getExpression()) : undefined;
  if (!is(expression, 'CallExpression')) return false;
  if (calls.some(({ call }) => call === expression)) return true;
  const [list] = expression.getArguments();
  if (expression.getExpression().getText() !== 'Promise.all' || !is(list, 'ArrayLiteralExpression')) return false;
  return list.getElements().every((element) => calls.some(({ call }) => call === element));
}

function callsIn(statement: Statement, calls: readonly CacheCall[]): readonly CacheCall[] {
  return calls.filter(({ call }) => call.getAncestors().includes(statement));
}

/** Those of the function of targets: the parameters of the method, then its result. */
function parametersOf(
  method: MethodDeclaration,
  keys: readonly PortableKey[],
  result: string | undefined,
): readonly string[] | undefined {
  const used = keys.flatMap(({ parameters }) => parameters);
  const usesResult = keys.some((key) => key.usesResult);
  const list = parameterList(method, used, usesResult);
  if (list === undefined || !usesResult) return list;
  const type = method
    .getReturnTypeNode()
    ?.getText()
    .match(/^Promise<([\s\S]+)>$/)?.[1];
  return type === undefined ? undefined : [...list, `${result}: ${type}`];
}

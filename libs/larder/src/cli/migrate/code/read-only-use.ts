import type { Node, ParameterDeclaration, VariableDeclaration } from 'ts-morph';
import { is, isFunction, methodAround, wrapped } from './node-kind.js';
import { isPrimitive, isPromise } from './value-types.js';

/** Methods of arrays, texts, Maps and Sets that change nothing; those that call a function pass elements to it. */
const READS: ReadonlySet<string> = new Set([
  'at',
  'concat',
  'entries',
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'flat',
  'flatMap',
  'forEach',
  'get',
  'has',
  'includes',
  'indexOf',
  'join',
  'keys',
  'map',
  'reduce',
  'slice',
  'some',
  'toISOString',
  'toSorted',
  'toString',
  'values',
]);

/** Calls that only read what they get. */
const READERS =
  /^(JSON\.stringify|console\.\w+|expect|assert(\.\w+)*|Object\.(keys|values|entries|freeze)|Array\.isArray|structuredClone|String|Number|Boolean)$/;

/**
 * The first place where the result of a method may be changed, or passed to code that may change it; `undefined` if callers only read
 * it. Handlers may return it: Nest only serialises it.
 *
 * @param name the name of the method, where it is declared
 */
export function changeOfResult(name: Node, seen = new Set<Node>()): Node | undefined {
  const declared = name as Node & { findReferencesAsNodes?: () => Node[] };
  for (const reference of declared.findReferencesAsNodes?.() ?? []) {
    if (reference === name) continue;
    const access = reference.getParent();
    const called = is(access, 'PropertyAccessExpression') ? access.getParent() : undefined;
    if (is(access, 'MethodDeclaration') || access?.getKindName() === 'MethodSignature') continue;
    if (!is(called, 'CallExpression') || called.getExpression() !== access) return reference;
    const change = changeOf(called, seen);
    if (change !== undefined) return change;
  }
  return undefined;
}

/** The first place where the value of an expression may be changed. */
function changeOf(expression: Node, seen: Set<Node>): Node | undefined {
  const value = wrapped(expression);
  if (seen.has(value)) return undefined;
  seen.add(value);
  const type = value.getType();
  if (isPrimitive(type)) return undefined;
  const parent = value.getParentOrThrow();
  if (is(parent, 'ReturnStatement') || (is(parent, 'ArrowFunction') && parent.getBody() === value))
    return afterReturn(parent, seen);
  if (is(parent, 'VariableDeclaration')) return changeOfVariable(parent, seen);
  if (is(parent, 'ForOfStatement') && parent.getExpression() === value) return changeInLoop(parent, seen);
  if (is(parent, 'PropertyAccessExpression') || parent.getKindName() === 'ElementAccessExpression')
    return changeOfMember(parent, value, seen);
  if (is(parent, 'CallExpression'))
    return READERS.test(parent.getExpression().getText()) || isCalled(parent, value) ? undefined : value;
  if (is(parent, 'SpreadElement') || is(parent, 'SpreadAssignment')) return changeOf(parent.getParentOrThrow(), seen);
  if (is(parent, 'PropertyAssignment')) return changeOf(parent.getParentOrThrow(), seen);
  if (parent.getKindName() === 'ShorthandPropertyAssignment' || is(parent, 'ArrayLiteralExpression')) {
    return changeOf(is(parent, 'ArrayLiteralExpression') ? parent : parent.getParentOrThrow(), seen);
  }
  if (is(parent, 'ConditionalExpression')) return parent.getCondition() === value ? undefined : changeOf(parent, seen);
  if (is(parent, 'BinaryExpression')) return changeInOperation(parent, value, seen);
  return HARMLESS.has(parent.getKindName()) ? undefined : value;
}

const HARMLESS: ReadonlySet<string> = new Set([
  'ExpressionStatement',
  'IfStatement',
  'PrefixUnaryExpression',
  'TemplateSpan',
  'TypeOfExpression',
  'WhileStatement',
  'VoidExpression',
]);

function changeInOperation(parent: Node, value: Node, seen: Set<Node>): Node | undefined {
  if (!is(parent, 'BinaryExpression')) return value;
  const operator = parent.getOperatorToken().getText();
  if (operator === '??' || operator === '||' || operator === '&&') return changeOf(parent, seen);
  return ['===', '!==', '==', '!=', 'in', 'instanceof', '<', '>', '<=', '>='].includes(operator) ? undefined : value;
}

function isCalled(call: Node, value: Node): boolean {
  return is(call, 'CallExpression') && call.getExpression() === value;
}

function changeOfMember(access: Node, value: Node, seen: Set<Node>): Node | undefined {
  const outer = wrapped(access);
  const parent = outer.getParentOrThrow();
  if (
    is(parent, 'BinaryExpression') &&
    parent.getLeft() === outer &&
    /^([^=!<>]*)=$/.test(parent.getOperatorToken().getText())
  )
    return value;
  if (/^(Prefix|Postfix)UnaryExpression$/.test(parent.getKindName()) && /\+\+|--/.test(parent.getText())) return value;
  if (parent.getKindName() === 'DeleteExpression') return value;
  if (!is(parent, 'CallExpression') || parent.getExpression() !== outer) return changeOf(access, seen);
  const name = is(access, 'PropertyAccessExpression') ? access.getName() : '';
  if (isPromise(value.getType()) || !READS.has(name)) return value;
  for (const argument of parent.getArguments()) {
    if (!isFunction(argument)) {
      if (!isPrimitive(argument.getType())) return value;
      continue;
    }
    for (const parameter of argument.getParameters()) {
      const change = changeOfVariable(parameter, seen);
      if (change !== undefined) return change;
    }
  }
  return changeOf(parent, seen);
}

function changeInLoop(loop: Node, seen: Set<Node>): Node | undefined {
  if (!is(loop, 'ForOfStatement')) return loop;
  const initializer = loop.getInitializer();
  const declared = initializer.getDescendants().find((node) => is(node, 'VariableDeclaration'));
  return is(declared, 'VariableDeclaration') ? changeOfVariable(declared, seen) : initializer;
}

/** A variable or parameter that holds the value, or parts of it. */
function changeOfVariable(declared: VariableDeclaration | ParameterDeclaration, seen: Set<Node>): Node | undefined {
  if (seen.has(declared)) return undefined;
  seen.add(declared);
  const name = declared.getNameNode();
  const identifiers = is(name, 'Identifier') ? [name] : name.getDescendants().filter((node) => is(node, 'Identifier'));
  for (const identifier of identifiers) {
    if (!is(identifier, 'Identifier') || isPrimitive(identifier.getType())) continue;
    for (const reference of identifier.findReferencesAsNodes()) {
      if (reference === identifier || name.containsRange(reference.getPos(), reference.getEnd())) continue;
      const parent = reference.getParentOrThrow();
      // Another value for the variable changes nothing of this one.
      if (
        is(parent, 'BinaryExpression') &&
        parent.getLeft() === reference &&
        parent.getOperatorToken().getText() === '='
      )
        continue;
      const change = changeOf(reference, seen);
      if (change !== undefined) return change;
    }
  }
  return undefined;
}

/** A method that returns the value passes it to its own callers. */
function afterReturn(returned: Node, seen: Set<Node>): Node | undefined {
  const around = returned.getAncestors().find((node) => isFunction(node) || is(node, 'MethodDeclaration'));
  if (is(returned, 'ArrowFunction') || (around !== undefined && isFunction(around))) {
    const inner = is(returned, 'ArrowFunction') ? returned : (around as Node);
    const call = inner.getParent();
    // A function whose result another call takes: `map`, `then`.
    return is(call, 'CallExpression') ? changeOf(call, seen) : returned;
  }
  const method = methodAround(returned);
  if (method === undefined) return returned;
  if (seen.has(method)) return undefined;
  seen.add(method);
  return changeOfResult(method.getNameNode(), seen);
}

import type { Node } from 'ts-morph';
import { constantOf } from './key-shape.js';
import { bare, is, isFunction, ownNodes } from './node-kind.js';
import { isPrimitive } from './value-types.js';

const MAX_DEPTH = 8;

/** Methods that return the object they are called on, or parts of it. */
const PARTS: ReadonlySet<string> = new Set([
  'at',
  'concat',
  'filter',
  'find',
  'findLast',
  'flat',
  'get',
  'pop',
  'reverse',
  'shift',
  'slice',
  'sort',
  'splice',
  'toSorted',
  'toReversed',
  'values',
  'entries',
]);

/**
 * The first expression because of which a value may be kept elsewhere; `undefined` if it is made for its caller alone. Larder freezes
 * what it stores, so that a list which a service keeps in a field and changes later must not be stored.
 */
export function keptElsewhere(given: Node, depth = 0): Node | undefined {
  const node = bare(given);
  if (depth > MAX_DEPTH) return node;
  const next = (one: Node) => keptElsewhere(one, depth + 1);
  if (isPrimitive(node.getType())) return undefined;
  if (is(node, 'ArrayLiteralExpression')) return first(node.getElements(), (element) => partOf(element, next));
  if (is(node, 'ObjectLiteralExpression')) return first(node.getProperties(), (property) => partOf(property, next));
  if (is(node, 'ConditionalExpression')) return next(node.getWhenTrue()) ?? next(node.getWhenFalse());
  if (is(node, 'BinaryExpression')) return next(node.getLeft()) ?? next(node.getRight());
  if (is(node, 'PropertyAccessExpression') || node.getKindName() === 'ElementAccessExpression') {
    const object = (node as Node & { getExpression(): Node }).getExpression();
    return object.getKindName() === 'ThisKeyword' ? node : next(object);
  }
  if (is(node, 'CallExpression')) return ofCall(node, next);
  if (is(node, 'NewExpression')) return first(node.getArguments(), next);
  const constant = constantOf(node);
  if (constant !== undefined) return isOfFunction(node) ? next(constant) : node;
  return node;
}

/** The first value that a function returns and that may be kept elsewhere. */
export function keptResult(body: Node, depth = 0): Node | undefined {
  if (!is(body, 'Block')) return keptElsewhere(body, depth);
  for (const node of ownNodes(body)) {
    const value = is(node, 'ReturnStatement') ? node.getExpression() : undefined;
    const kept = value === undefined ? undefined : keptElsewhere(value, depth);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

function partOf(part: Node, next: (node: Node) => Node | undefined): Node | undefined {
  if (is(part, 'PropertyAssignment')) return next(part.getInitializerOrThrow());
  if (is(part, 'SpreadElement') || is(part, 'SpreadAssignment')) {
    const spread = part.getExpression();
    return hasPrimitiveMembers(spread) ? undefined : next(spread);
  }
  if (part.getKindName() === 'ShorthandPropertyAssignment') {
    const name = part.getFirstChild();
    return name === undefined || isPrimitive(name.getType()) ? undefined : next(name);
  }
  return next(part);
}

/** Whether a copy of an object shares nothing with it. */
function hasPrimitiveMembers(node: Node): boolean {
  const type = node.getType();
  if (type.isArray()) return isPrimitive(type.getArrayElementTypeOrThrow());
  return (
    type.isObject() &&
    type.getProperties().length > 0 &&
    type.getProperties().every((property) => isPrimitive(property.getTypeAtLocation(node)))
  );
}

function ofCall(call: Node, next: (node: Node) => Node | undefined): Node | undefined {
  if (!is(call, 'CallExpression')) return call;
  const callee = call.getExpression();
  const name = is(callee, 'PropertyAccessExpression') ? callee.getName() : callee.getText();
  const named = is(callee, 'PropertyAccessExpression') ? callee.getNameNode() : callee;
  if (!is(named, 'Identifier')) return call;
  const declarations = named.getDefinitionNodes();
  if (declarations.length === 0) return call;
  const isBuiltIn = declarations.every((declaration) =>
    /\/lib(\.[\w.]+)?\.d\.ts$|\/@types\/node\//.test(declaration.getSourceFile().getFilePath()),
  );
  if (isBuiltIn) {
    const [mapped] = call.getArguments();
    if (name === 'map' && mapped !== undefined && isFunction(mapped)) return ofFunction(mapped, callee, next);
    if (PARTS.has(name) && is(callee, 'PropertyAccessExpression')) return next(callee.getExpression());
    return name === 'fetch' ||
      /^(JSON\.(parse|stringify)|structuredClone|Object\.keys|Date\.\w+)$/.test(callee.getText())
      ? undefined
      : (first(call.getArguments(), next) ??
          (is(callee, 'PropertyAccessExpression') ? next(callee.getExpression()) : undefined));
  }
  for (const declaration of declarations) {
    if (declaration.getSourceFile().isInNodeModules()) continue;
    const body = (declaration as Node & { getBody?: () => Node | undefined }).getBody?.();
    if (body === undefined) return call;
    const kept = is(body, 'Block') ? first(valuesOf(body), next) : next(body);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

/** `list.map((one) => …)`: the function makes the parts. */
function ofFunction(mapped: Node, callee: Node, next: (node: Node) => Node | undefined): Node | undefined {
  if (!isFunction(mapped)) return mapped;
  const body = mapped.getBody();
  if (body === undefined) return mapped;
  const kept = is(body, 'Block') ? first(valuesOf(body), next) : next(body);
  // The parameter itself, or parts of it: as fresh as the list.
  const isParameter =
    kept !== undefined && mapped.getParameters().some((parameter) => kept.getText().startsWith(parameter.getName()));
  return isParameter && is(callee, 'PropertyAccessExpression') ? next(callee.getExpression()) : kept;
}

function valuesOf(body: Node): Node[] {
  return [...ownNodes(body)]
    .flatMap((node) => (is(node, 'ReturnStatement') ? [node.getExpression()] : []))
    .filter((value): value is NonNullable<typeof value> => value !== undefined);
}

/** Whether a name belongs to a function, and not to the file. */
function isOfFunction(node: Node): boolean {
  if (!is(node, 'Identifier')) return false;
  return node
    .getDefinitionNodes()
    .every((declaration) =>
      declaration.getAncestors().some((around) => isFunction(around) || is(around, 'MethodDeclaration')),
    );
}

function first<T>(all: readonly T[], find: (one: T) => Node | undefined): Node | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

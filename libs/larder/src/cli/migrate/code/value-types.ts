import type { MethodDeclaration, Type } from 'ts-morph';

/** What a method resolves to. */
export function resultType(method: MethodDeclaration): Type | undefined {
  const type = method.getReturnType();
  return isPromise(type) ? type.getTypeArguments()[0] : undefined;
}

export function isPromise(type: Type): boolean {
  return type.getSymbol()?.getName() === 'Promise';
}

/** Whether values of a type cannot be changed: texts, numbers and the like. */
export function isPrimitive(type: Type): boolean {
  if (type.isUnion()) return type.getUnionTypes().every(isPrimitive);
  return (
    type.isString() ||
    type.isNumber() ||
    type.isBoolean() ||
    type.isBigInt() ||
    type.isLiteral() ||
    type.isEnum() ||
    type.isNull() ||
    type.isUndefined() ||
    type.isVoid() ||
    type.isNever()
  );
}

/** Whether `if (value)` is true for each value of a type but `null` and `undefined`. */
export function isAlwaysTruthy(type: Type): boolean {
  const members = type.isUnion() ? type.getUnionTypes() : [type];
  return members.every((member) => member.isNull() || member.isUndefined() || member.isObject());
}

export function allows(type: Type, what: 'null' | 'undefined'): boolean {
  const members = type.isUnion() ? type.getUnionTypes() : [type];
  return members.some((member) => (what === 'null' ? member.isNull() : member.isUndefined() || member.isVoid()));
}

/**
 * The name of a class of which values of a type contain instances: Larder stores them only if it knows the class. `undefined`
 * without one; `any` and `unknown` tell nothing and count as one.
 */
export function classWithin(type: Type, depth = 0, seen = new Set<Type>()): string | undefined {
  if (type.isAny() || type.isUnknown()) return type.getText();
  if (isPrimitive(type) || seen.has(type) || depth > 4) return undefined;
  seen.add(type);
  const inner = (one: Type | undefined) => (one === undefined ? undefined : classWithin(one, depth + 1, seen));
  if (type.isUnion()) return first(type.getUnionTypes(), inner);
  if (type.isArray() || type.isReadonlyArray()) return inner(type.getArrayElementType());
  if (type.isTuple()) return first(type.getTupleElements(), inner);
  const name = type.getSymbol()?.getName();
  if (name !== undefined && KEPT.has(name)) return first(type.getTypeArguments(), inner);
  if (type.isClass() || type.getCallSignatures().length > 0) return name ?? type.getText();
  const index = inner(type.getStringIndexType()) ?? inner(type.getNumberIndexType());
  if (index !== undefined) return index;
  return first(type.getProperties(), (property) => {
    const [declaration] = property.getDeclarations();
    return declaration === undefined ? undefined : inner(property.getTypeAtLocation(declaration));
  });
}

/** Whether values of a type can be parts of a key: texts, numbers, dates, and plain objects and lists of these. */
export function canBeInKey(type: Type, depth = 0): boolean {
  if (isPrimitive(type)) return true;
  if (depth > 2 || type.isAny() || type.isUnknown()) return false;
  const inner = (one: Type | undefined) => one !== undefined && canBeInKey(one, depth + 1);
  if (type.isUnion()) return type.getUnionTypes().every((one) => canBeInKey(one, depth));
  if (type.isArray() || type.isReadonlyArray()) return inner(type.getArrayElementType());
  if (type.getSymbol()?.getName() === 'Date') return true;
  // The key has a copy of the object itself, but not of the objects in it.
  if (!type.isObject() || (depth > 0 && type.isClass())) return false;
  return type.getProperties().every((property) => {
    const [declaration] = property.getDeclarations();
    return declaration !== undefined && inner(property.getTypeAtLocation(declaration));
  });
}

/** Built-in classes whose instances Larder stores. */
const KEPT: ReadonlySet<string> = new Set(['Date', 'Map', 'Set', 'ReadonlyMap', 'ReadonlySet', 'Buffer', 'Uint8Array']);

function first<T>(all: readonly T[], find: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

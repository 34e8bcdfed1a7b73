import type { TSESTree } from '@typescript-eslint/utils';

/** The decorators of nest-larder that store what a method returns. */
export const CACHING: readonly string[] = ['Cacheable', 'CacheableBatch', 'CacheWriteThrough'];

type Decorated = TSESTree.ClassDeclaration | TSESTree.ClassExpression | TSESTree.MethodDefinition;

/** The decorators of a class or a method whose names are in the list. */
export function decoratorsOf(node: Decorated, names: readonly string[]): readonly TSESTree.Decorator[] {
  return node.decorators.filter((decorator) => names.includes(nameOf(decorator) ?? ''));
}

/** The name of a decorator: `Cacheable` for `@Cacheable(…)` and `@larder.Cacheable(…)`. */
function nameOf({ expression }: TSESTree.Decorator): string | undefined {
  const called = expression.type === 'CallExpression' ? expression.callee : expression;
  if (called.type === 'Identifier') return called.name;
  if (called.type === 'MemberExpression' && called.property.type === 'Identifier') return called.property.name;
  return undefined;
}

/** The options of a decorator, if they are written in place. */
export function optionsOf({ expression }: TSESTree.Decorator): TSESTree.ObjectExpression | undefined {
  if (expression.type !== 'CallExpression') return undefined;
  const [options] = expression.arguments;
  return options?.type === 'ObjectExpression' ? options : undefined;
}

/** A member of an object that is written in place. */
export function memberOf(object: TSESTree.ObjectExpression, name: string): TSESTree.Property['value'] | undefined {
  for (const property of object.properties) {
    if (property.type === 'Property' && keyOf(property) === name) return property.value;
  }
  return undefined;
}

/** Whether an object may have members that are not written in place. */
export function hasSpread(object: TSESTree.ObjectExpression): boolean {
  return object.properties.some(({ type }) => type === 'SpreadElement');
}

/** The name of a method, for messages. */
export function methodName({ key }: TSESTree.MethodDefinition): string {
  return key.type === 'Identifier' || key.type === 'PrivateIdentifier' ? key.name : 'this method';
}

function keyOf({ key, computed }: TSESTree.Property): string | undefined {
  if (key.type === 'Literal') return String(key.value);
  return key.type === 'Identifier' && !computed ? key.name : undefined;
}

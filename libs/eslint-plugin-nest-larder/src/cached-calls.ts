import type { ParserServicesWithTypeInformation, TSESLint, TSESTree } from '@typescript-eslint/utils';
import { CACHING, decoratorsOf } from './decorators.js';

/** Methods of `Cache` that return stored objects. */
const READS: readonly string[] = ['get', 'getMany', 'getOrLoad'];

/** Whether an expression, perhaps awaited, is a call that returns a stored object. */
export function isCachedCall(node: TSESTree.Node, sourceCode: Readonly<TSESLint.SourceCode>): boolean {
  if (node.type === 'AwaitExpression') return isCachedCall(node.argument, sourceCode);
  if (node.type === 'TSNonNullExpression' || node.type === 'TSAsExpression') {
    return isCachedCall(node.expression, sourceCode);
  }
  if (node.type !== 'CallExpression') return false;
  return isReadOfCache(node, sourceCode) || isOwnCachedMethod(node) || isDeclaredCached(node, sourceCode);
}

/** `cache.getOrLoad(…)`, `this.cache.get(…)`: by the name, or by the type if it is known. */
function isReadOfCache({ callee }: TSESTree.CallExpression, sourceCode: Readonly<TSESLint.SourceCode>): boolean {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false;
  if (!READS.includes(callee.property.name)) return false;
  const services = typedServicesOf(sourceCode);
  const type = services?.getTypeAtLocation(callee.object).getSymbol();
  // A `Map` may be called `cache` too.
  if (type !== undefined) return type.getName() === 'Cache';
  const { object } = callee;
  const name = object.type === 'MemberExpression' ? object.property : object;
  return name.type === 'Identifier' && /(^c|C)ache$/.test(name.name);
}

/** `this.one(…)`, of a class in which `one` is decorated. */
function isOwnCachedMethod(call: TSESTree.CallExpression): boolean {
  const { callee } = call;
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'ThisExpression') return false;
  const { property } = callee;
  if (property.type !== 'Identifier') return false;
  let above: TSESTree.Node | undefined = call.parent;
  while (above !== undefined && above.type !== 'ClassBody') above = above.parent;
  return (
    above?.body.some(
      (member) =>
        member.type === 'MethodDefinition' &&
        member.key.type === 'Identifier' &&
        member.key.name === property.name &&
        decoratorsOf(member, CACHING).length > 0,
    ) ?? false
  );
}

/** `tournaments.one(…)`, if type information leads to a decorated method. */
function isDeclaredCached(call: TSESTree.CallExpression, sourceCode: Readonly<TSESLint.SourceCode>): boolean {
  const services = typedServicesOf(sourceCode);
  if (services === undefined) return false;
  const { esTreeNodeToTSNodeMap, program } = services;
  const { declaration } = program.getTypeChecker().getResolvedSignature(esTreeNodeToTSNodeMap.get(call)) ?? {};
  if (declaration === undefined || !('modifiers' in declaration)) return false;
  return (declaration.modifiers ?? []).some((modifier) => {
    const [, name] = /^@(?:\w+\.)?(\w+)/.exec(modifier.getText()) ?? [];
    return name !== undefined && CACHING.includes(name);
  });
}

/** What typescript-eslint knows about types; `undefined` if it is configured without a project. */
function typedServicesOf({
  parserServices,
}: Readonly<TSESLint.SourceCode>): ParserServicesWithTypeInformation | undefined {
  return parserServices?.program ? (parserServices as ParserServicesWithTypeInformation) : undefined;
}

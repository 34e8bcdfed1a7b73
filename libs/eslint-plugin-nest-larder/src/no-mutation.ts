import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { isCachedCall } from './cached-calls.js';

/** Methods that change the array, `Map`, `Set` or `Date` they are called on. */
const CHANGING =
  /^(push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|add|delete|clear|set|set(UTC)?(Date|Month|FullYear|Hours|Minutes|Seconds|Milliseconds)|setTime)$/;
const CHANGING_FUNCTIONS = ['Object.assign', 'Object.defineProperty', 'Object.setPrototypeOf', 'Reflect.set'];

/** A cached object is frozen, because all callers share it: changing it throws a TypeError. */
export const noMutation: TSESLint.RuleModule<'changed', []> = {
  defaultOptions: [],
  meta: {
    type: 'problem',
    docs: { description: 'Disallow changing an object that a cached method or the cache returned.' },
    messages: {
      changed:
        '{{name}} is a cached object, which all callers share: it is frozen, and changing it throws a TypeError. Copy it first: ' +
        '{ ...object }, [...list], structuredClone(object).',
    },
    schema: [],
  },
  create(context) {
    const { sourceCode } = context;
    const report = (node: TSESTree.Node, target: TSESTree.Node) => {
      const root = rootOf(target);
      const name = root?.type === 'Identifier' ? root.name : 'This';
      if (root !== undefined && isCached(root, sourceCode))
        context.report({ node, messageId: 'changed', data: { name } });
    };
    return {
      AssignmentExpression(node) {
        if (node.left.type === 'MemberExpression') report(node, node.left.object);
      },
      UpdateExpression(node) {
        if (node.argument.type === 'MemberExpression') report(node, node.argument.object);
      },
      UnaryExpression(node) {
        if (node.operator === 'delete' && node.argument.type === 'MemberExpression') report(node, node.argument.object);
      },
      CallExpression(node) {
        const { callee, arguments: given } = node;
        if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
        const [first] = given;
        const changesFirst = CHANGING_FUNCTIONS.includes(sourceCode.getText(callee));
        if (changesFirst && first !== undefined) report(node, first);
        else if (CHANGING.test(callee.property.name) && callee.object.type !== 'ThisExpression')
          report(node, callee.object);
      },
    };
  },
};

/** The variable, or the call, that a chain of members begins with: `list` of `list[0].names`. */
function rootOf(node: TSESTree.Node): TSESTree.Node | undefined {
  switch (node.type) {
    case 'MemberExpression':
      return rootOf(node.object);
    case 'TSNonNullExpression':
    case 'TSAsExpression':
    case 'ChainExpression':
      return rootOf(node.expression);
    case 'Identifier':
    case 'CallExpression':
    case 'AwaitExpression':
      return node;
    default:
      return undefined;
  }
}

function isCached(root: TSESTree.Node, sourceCode: Readonly<TSESLint.SourceCode>): boolean {
  if (root.type !== 'Identifier') return root.type === 'AwaitExpression' && isCachedCall(root, sourceCode);
  const variable = variableOf(root, sourceCode);
  const [definition] = variable?.defs ?? [];
  if (definition?.node.type !== 'VariableDeclarator' || definition.node.init == null) {
    return definition !== undefined && isElement(definition, sourceCode);
  }
  // A variable that got another value may hold a copy.
  if (variable?.references.some((reference) => reference.isWrite() && !reference.init)) return false;
  return isSource(definition.node.init, definition.node.id, sourceCode);
}

/** Whether a variable of `for (const row of rows)` is an element of a cached list. */
function isElement(definition: TSESLint.Scope.Definition, sourceCode: Readonly<TSESLint.SourceCode>): boolean {
  const { node } = definition;
  if (node.type !== 'VariableDeclarator' || node.parent.parent?.type !== 'ForOfStatement') return false;
  const root = rootOf(node.parent.parent.right);
  return root !== undefined && isCached(root, sourceCode);
}

function isSource(
  init: TSESTree.Node,
  id: TSESTree.VariableDeclarator['id'],
  sourceCode: Readonly<TSESLint.SourceCode>,
): boolean {
  // `...rest` is a new object or list.
  if (id.type !== 'Identifier' && /\.\.\./.test(sourceCode.getText(id))) return false;
  if (isCachedCall(init, sourceCode)) return init.type === 'AwaitExpression';
  const root = init.type === 'MemberExpression' || init.type === 'Identifier' ? rootOf(init) : undefined;
  return root?.type === 'Identifier' && isCached(root, sourceCode);
}

function variableOf(
  identifier: TSESTree.Identifier,
  sourceCode: Readonly<TSESLint.SourceCode>,
): TSESLint.Scope.Variable | undefined {
  let scope: TSESLint.Scope.Scope | null = sourceCode.getScope?.(identifier) ?? null;
  for (; scope !== null; scope = scope.upper) {
    const variable = scope.set.get(identifier.name);
    if (variable !== undefined) return variable;
  }
  return undefined;
}

import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { decoratorsOf, memberOf, methodName, optionsOf } from './decorators.js';

/** Options of the rule. */
export interface KeyUsesParametersOptions {
  /** Names of parameters that need not be in the key. Default `['signal']`. Names that begin with `_` never need. */
  readonly ignore?: readonly string[];
}

type KeyFunction = TSESTree.ArrowFunctionExpression | TSESTree.FunctionExpression;

/** The key of a cached method must contain each of its parameters: calls that differ in one would share a value. */
export const keyUsesParameters: TSESLint.RuleModule<'unused', [KeyUsesParametersOptions?]> = {
  defaultOptions: [],
  meta: {
    type: 'problem',
    docs: { description: 'Require the key of a cached method to use each of its parameters.' },
    messages: {
      unused:
        'The key of {{method}} ignores its parameter {{parameter}}: calls that differ in it share one value. Put it into the ' +
        'key, or name it with a leading underscore if the result does not depend on it.',
    },
    schema: [
      {
        type: 'object',
        additionalProperties: false,
        properties: { ignore: { type: 'array', items: { type: 'string' } } },
      },
    ],
  },
  create(context) {
    const { ignore = ['signal'] } = context.options[0] ?? {};
    return {
      MethodDefinition(node) {
        for (const decorator of decoratorsOf(node, ['Cacheable'])) {
          const options = optionsOf(decorator);
          const key = options && memberOf(options, 'key');
          if (key?.type !== 'ArrowFunctionExpression' && key?.type !== 'FunctionExpression') continue;
          if (readsArguments(key, context.sourceCode)) continue;
          node.value.params.forEach((parameter, index) => {
            const name = nameOf(parameter, index);
            if (name.startsWith('_') || ignore.includes(name) || isUsed(key, index, context.sourceCode)) return;
            context.report({
              node: parameter,
              messageId: 'unused',
              data: { method: methodName(node), parameter: name },
            });
          });
        }
      },
    };
  },
};

function nameOf(parameter: TSESTree.Parameter, index: number): string {
  const bare = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
  return bare.type === 'Identifier' ? bare.name : `number ${index + 1}`;
}

/** Whether the key function reads its parameter at this index. A rest parameter has all that follow. */
function isUsed(key: KeyFunction, index: number, sourceCode: Readonly<TSESLint.SourceCode>): boolean {
  const last = key.params.at(-1);
  const parameter = key.params[index] ?? (last?.type === 'RestElement' ? last : undefined);
  if (parameter === undefined) return false;
  const [from, to] = parameter.range;
  const declared = sourceCode.getDeclaredVariables?.(key) ?? [];
  return declared.some(
    ({ identifiers, references }) =>
      identifiers.some(({ range }) => range[0] >= from && range[1] <= to) && references.some((one) => one.isRead()),
  );
}

function readsArguments(key: KeyFunction, sourceCode: Readonly<TSESLint.SourceCode>): boolean {
  return key.type === 'FunctionExpression' && /\barguments\b/.test(sourceCode.getText(key.body));
}

import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { CACHING, decoratorsOf, hasSpread, memberOf, methodName, optionsOf } from './decorators.js';

/** Options of the rule. */
export interface ScopeBehindGuardOptions {
  /** Decorators that guard a class or a method. Default `['UseGuards']`. */
  readonly guards?: readonly string[];
  /** Whether a global guard guards every handler. Default `false`. */
  readonly global?: boolean;
  /** Decorators that exempt a class or a method from the global guard. Default `['Public']`. */
  readonly open?: readonly string[];
}

const HANDLERS = ['Get', 'Head', 'All', 'Post', 'Put', 'Patch', 'Delete', 'MessagePattern', 'SubscribeMessage'];
const RESOLVERS = ['Query', 'Mutation', 'ResolveField'];

/** A cached method behind a guard must declare which callers share its value. */
export const scopeBehindGuard: TSESLint.RuleModule<'missing', [ScopeBehindGuardOptions?]> = {
  defaultOptions: [],
  meta: {
    type: 'problem',
    docs: { description: 'Require `scope` of a cached method behind a guard.' },
    messages: {
      missing:
        '{{method}} is behind a guard and does not declare `scope`, therefore it is not cached. Declare scope: "user" if its ' +
        'result depends on the caller, or scope: "shared" if all callers may share it.',
    },
    schema: [
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          guards: { type: 'array', items: { type: 'string' } },
          global: { type: 'boolean' },
          open: { type: 'array', items: { type: 'string' } },
        },
      },
    ],
  },
  create(context) {
    const { guards = ['UseGuards'], global = false, open = ['Public'] } = context.options[0] ?? {};
    return {
      MethodDefinition(node) {
        const places = [node, node.parent.parent as TSESTree.ClassDeclaration | TSESTree.ClassExpression];
        const has = (names: readonly string[]) => places.some((place) => decoratorsOf(place, names).length > 0);
        const isHandler = decoratorsOf(node, [...HANDLERS, ...RESOLVERS]).length > 0;
        if (!has(guards) && !(global && isHandler && !has(open))) return;
        for (const decorator of decoratorsOf(node, CACHING)) {
          const options = optionsOf(decorator);
          if (options === undefined || hasSpread(options) || memberOf(options, 'scope') !== undefined) continue;
          context.report({ node: decorator, messageId: 'missing', data: { method: methodName(node) } });
        }
      },
    };
  },
};

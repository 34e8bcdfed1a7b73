import type { TSESLint } from '@typescript-eslint/utils';
import { keyUsesParameters } from './key-uses-parameters.js';
import { noMutation } from './no-mutation.js';
import { scopeBehindGuard } from './scope-behind-guard.js';

export type { KeyUsesParametersOptions } from './key-uses-parameters.js';
export type { ScopeBehindGuardOptions } from './scope-behind-guard.js';

/** The rules, by name. */
export const rules: Readonly<Record<string, TSESLint.RuleModule<string, readonly unknown[]>>> = {
  'key-uses-parameters': keyUsesParameters as TSESLint.RuleModule<string, readonly unknown[]>,
  'no-mutation': noMutation as TSESLint.RuleModule<string, readonly unknown[]>,
  'scope-behind-guard': scopeBehindGuard as TSESLint.RuleModule<string, readonly unknown[]>,
};

/** The name and version, for caches of ESLint. */
export const meta = { name: 'eslint-plugin-nest-larder', version: '0.1.0' };

/**
 * All rules as errors, for `eslint.config.js`. The parser is that of `typescript-eslint`; with type information,
 * `no-mutation` knows cached methods of other files too.
 */
export const recommended = {
  name: 'nest-larder/recommended',
  files: ['**/*.ts', '**/*.tsx'],
  plugins: { 'nest-larder': { meta, rules } },
  rules: {
    'nest-larder/key-uses-parameters': 'error',
    'nest-larder/no-mutation': 'error',
    'nest-larder/scope-behind-guard': 'error',
  },
} as const;

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CHANGE_FEED_OPTIONS, type ChangeFeedOptions } from '../change-feed/options.js';
import type { GivenFor, Options } from '../options/option.js';
import { REALTIME_OPTIONS, type RealtimeOptions } from '../realtime/live-queries/options.js';
import { OPTION_GROUPS, OPTIONS, VARIABLES } from './option-tables.js';
import type { LarderOptions } from './options.js';

type IsSame<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
/** Names of the options that the table and the interface declare differently. */
type Differing<One, Other> = {
  [Name in keyof One | keyof Other]: Name extends keyof One & keyof Other
    ? IsSame<NonNullable<One[Name]>, NonNullable<Other[Name]>> extends true
      ? never
      : Name
    : Name;
}[keyof One | keyof Other];
type InStep<Interface, Table> = [Differing<Interface, GivenFor<Table>>] extends [never]
  ? 'in step'
  : Differing<Interface, GivenFor<Table>>;

const SOURCES: readonly (readonly [file: string, table: Options])[] = [
  ['options.ts', OPTIONS],
  ['../change-feed/options.ts', CHANGE_FEED_OPTIONS],
  ['../realtime/live-queries/options.ts', REALTIME_OPTIONS],
];

const sourceOf = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

describe('the tables of options', () => {
  it('declare what the public interfaces declare', () => {
    // The compiler checks these: a difference is named in its error.
    const options: InStep<LarderOptions, typeof OPTIONS> = 'in step';
    const changeFeed: InStep<ChangeFeedOptions, typeof CHANGE_FEED_OPTIONS> = 'in step';
    const realtime: InStep<RealtimeOptions, typeof REALTIME_OPTIONS> = 'in step';
    expect([options, changeFeed, realtime]).toEqual(Array(3).fill('in step'));
  });

  it.each(SOURCES)('have the variables and defaults that the docstrings of %s state', (file, table) => {
    const source = sourceOf(file);
    for (const [name, { env, fallback }] of Object.entries(table)) {
      const [, docstring = ''] =
        new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+readonly ${name}\\??:`).exec(source) ?? [];
      expect(`${name}: ${docstring}`).toContain(env === undefined ? '' : `\`${env}\``);
      if (['string', 'number', 'boolean'].includes(typeof fallback) && fallback !== false) {
        const shown = typeof fallback === 'string' ? `'${fallback}'` : (fallback as number).toLocaleString('en');
        expect(`${name}: ${docstring}`).toMatch(new RegExp(`[Dd]efault[\\s*]+\`?${shown}`));
      }
    }
  });

  it('accept each default, and use each variable in one option', () => {
    const variables = new Map<string, unknown>();
    for (const options of [...OPTION_GROUPS.map((group) => group.options), VARIABLES]) {
      for (const one of Object.values(options)) {
        if (one.fallback !== undefined) expect(one.schema.read(one.fallback)).toBeDefined();
        expect(one.doc).not.toBe('');
        if (one.env !== undefined) {
          expect(variables.get(one.env) ?? one).toBe(one);
          variables.set(one.env, one);
        }
      }
    }
    expect(Object.keys(OPTIONS).sort()).toEqual(
      OPTION_GROUPS.filter(({ prefix }) => prefix === '')
        .flatMap(({ options }) => Object.keys(options))
        .sort(),
    );
  });
});

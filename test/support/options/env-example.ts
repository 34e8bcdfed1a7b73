import { arenaVariables } from '../../../apps/arena/src/arena-options.js';
import { ADMIN_TOKEN, OPTION_GROUPS } from '../../../libs/larder/src/config/option-tables.js';
import { FLAGS, simulationFlag } from '../../../libs/larder/src/flags/flag-options.js';
import type { Option } from '../../../libs/larder/src/options/option.js';

const WIDTH = 118;
/** Flags whose variable has a value of its own. */
const flags: readonly unknown[] = Object.values(FLAGS);

interface Variable {
  readonly name: string;
  /** The text after the `=`. */
  readonly value: string;
  readonly doc: string;
}

/** The file `.env.example`. Every line is a comment: a copy changes nothing. */
export function envExample(): string {
  const options = OPTION_GROUPS.flatMap(({ options }) => Object.values(options)).filter((one) => !flags.includes(one));
  return [
    '# Copy to .env, and remove the # before what you change. A line with a value shows the default or an example.',
    '# Made by `npm run options` from the tables of options.',
    ...section('The sample application', arenaVariables()),
    ...section('Larder (docs/configuration.md)', [...options, ADMIN_TOKEN].flatMap(variableOf)),
    ...section('Flags (docs/flags.md)', [
      ...Object.values(FLAGS).flatMap(flagVariable),
      ...variableOf({ ...simulationFlag(), doc: 'Which simulations run.' }),
    ]),
    '',
  ].join('\n');
}

function section(title: string, variables: readonly Variable[]): string[] {
  return ['', `# ── ${title} ${'─'.repeat(WIDTH - title.length - 5)}`, ...variables.flatMap(linesOf)];
}

function linesOf({ name, value, doc }: Variable): string[] {
  return [...wrapped(plain(doc)).map((line) => `# ${line}`), `#${name}=${value}`];
}

function variableOf({ env, schema, fallback, doc }: Option<unknown, unknown>): Variable[] {
  if (env === undefined) return [];
  const value = fallback === undefined ? (schema.example ?? '') : textOf(fallback);
  return [{ name: env, value, doc: `${doc} Takes ${plainTakes(schema)}.` }];
}

function flagVariable({ env = '', switches, isOn }: (typeof FLAGS)[keyof typeof FLAGS]): Variable[] {
  const where = isOn === 'everywhere' ? '' : ' Off in production.';
  return [{ name: env, value: 'on', doc: `Switch for ${switches}.${where}` }];
}

function plainTakes({ takes, asText = takes }: Option<unknown, unknown>['schema']): string {
  return asText.replaceAll("'", '');
}

function textOf(fallback: unknown): string {
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off';
  return Array.isArray(fallback) ? fallback.join(',') : String(fallback);
}

/** Without Markdown: a link becomes the path of its page. */
function plain(doc: string): string {
  return doc
    .replaceAll(/\(\[[^\]]+\]\(([^)]+)\)\)/g, (_, page) => `(${pathOf(page)})`)
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, (_, text, page) => `${text} (${pathOf(page)})`)
    .replaceAll('`', '');
}

function pathOf(page: string): string {
  return page.startsWith('#') ? `docs/configuration.md${page}` : `docs/${page}`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

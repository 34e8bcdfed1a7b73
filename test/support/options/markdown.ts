import { OPTION_GROUPS, type OptionGroup } from '../../../libs/larder/src/config/option-tables.js';
import { FLAGS, simulationFlag } from '../../../libs/larder/src/flags/flag-options.js';
import { ATTRIBUTES, METRICS, type Metric } from '../../../libs/larder/src/opentelemetry/metric-table.js';
import type { Option } from '../../../libs/larder/src/options/option.js';

/** A table for each group of options, with its title. */
export function optionTables(): string {
  return OPTION_GROUPS.map((group) => `### ${group.title}\n\n${tableOf(rowsOf(group))}`).join('\n\n');
}

/** A table of some options. @param names with their prefix; `realtime.*` for a whole group */
export function optionTable(names: readonly string[]): string {
  const all = OPTION_GROUPS.flatMap(rowsOf);
  return tableOf(names.flatMap((name) => rowsNamed(all, name)));
}

/** The flags, for docs/flags.md. */
export function flagTable(): string {
  const rows = [
    ...Object.values(FLAGS).map(({ env, doc, isOn }) => [code(env), doc, isOn === 'everywhere' ? 'on' : 'off']),
    [code(simulationFlag().env), simulationFlag().doc, 'all'],
  ];
  return markdownTable(['variable', 'switches', 'default in production'], rows);
}

/** The metrics, for docs/metrics.md. */
export function metricTable(): string {
  const rows = Object.values<Metric>(METRICS).map(({ name, kind, unit, attributes, doc }) => [
    code(name),
    kind.replace('observed ', ''),
    code(unit),
    attributes.map(code).join(', '),
    doc,
  ]);
  return markdownTable(['metric', 'kind', 'unit', 'labels', 'what it measures'], rows);
}

/** The labels of metrics, for docs/metrics.md. */
export function labelTable(): string {
  return markdownTable(
    ['label', 'value'],
    Object.entries(ATTRIBUTES).map(([name, doc]) => [code(name), doc]),
  );
}

interface Row {
  readonly name: string;
  readonly one: Option<unknown, unknown>;
}

function rowsOf({ prefix, options }: OptionGroup): Row[] {
  return Object.entries(options).map(([name, one]) => ({ name: prefix + name, one }));
}

function rowsNamed(rows: readonly Row[], name: string): Row[] {
  const found = rows.filter(
    (row) => row.name === name || (name.endsWith('.*') && row.name.startsWith(name.slice(0, -1))),
  );
  if (found.length === 0) throw new Error(`Unknown option ${name}.`);
  return found;
}

function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ name, one }) => [
    code(name),
    one.env === undefined ? '' : code(one.env),
    sentence(one.doc, one),
    takes(one),
    shownDefault(one),
  ]);
  return markdownTable(['option', 'variable', 'what it does', 'takes', 'default'], cells);
}

function sentence(doc: string, one: Option<unknown, unknown>): string {
  return Object.values<Option<unknown, unknown>>(FLAGS).includes(one) ? `Switch for ${doc}.` : doc;
}

function takes({ schema }: Option<unknown, unknown>): string {
  return schema.documented ?? grouped(schema.takes.replaceAll(/'([^']+)'/g, '`$1`'));
}

function shownDefault({ fallback }: Option<unknown, unknown>): string {
  if (typeof fallback === 'number') return grouped(String(fallback));
  return typeof fallback === 'string' || typeof fallback === 'boolean' ? `\`${fallback}\`` : '';
}

/** With commas between thousands. */
function grouped(text: string): string {
  return text.replaceAll(/\b\d{4,}\b/g, (digits) => Number(digits).toLocaleString('en'));
}

function code(name: string | undefined): string {
  return `\`${name}\``;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

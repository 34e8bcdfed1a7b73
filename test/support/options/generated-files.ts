import { envExample } from './env-example.js';
import { flagTable, labelTable, metricTable, optionTable, optionTables } from './markdown.js';

/** A file of the repository that is generated from the tables of options and metrics, whole or in part. */
export interface GeneratedFile {
  /** Its path from the root of the repository. */
  readonly path: string;
  /** The required content. @param current the present content */
  readonly make: (current: string) => string;
}

export const GENERATED_FILES: readonly GeneratedFile[] = [
  { path: '.env.example', make: envExample },
  ...['configuration', 'flags', 'live-queries', 'metrics', 'warming'].map((page) => ({
    path: `docs/${page}.md`,
    make: (current: string) => withTables(current, page),
  })),
];

const END = '<!-- end of options -->';
/** A comment that names the content up to the next one: `all`, `flags`, `metrics`, `labels`, or options. */
const TABLE = /<!-- options: ([^>]+) \(npm run options\) -->\n.*?<!-- end of options -->/gs;

function withTables(current: string, page: string): string {
  const linkToItself = new RegExp(` \\(\\[[^\\]]+\\]\\(${page}\\.md[^)]*\\)\\)`, 'g');
  return current.replaceAll(TABLE, (_, names: string) => {
    const table = tableNamed(names).replaceAll(linkToItself, '');
    return `<!-- options: ${names} (npm run options) -->\n\n${table}\n\n${END}`;
  });
}

function tableNamed(names: string): string {
  if (names === 'all') return optionTables();
  if (names === 'metrics') return metricTable();
  if (names === 'labels') return labelTable();
  return names === 'flags' ? flagTable() : optionTable(names.split(' '));
}

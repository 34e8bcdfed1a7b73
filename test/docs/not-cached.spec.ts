import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { LarderError } from 'nest-larder';

const root = join(import.meta.dirname, '../..');
const source = join(root, 'libs/larder/src');
const PAGE = 'docs/not-cached.md';

let page: string;
let code: Map<string, string>;

beforeAll(async () => {
  page = await readFile(join(root, PAGE), 'utf8');
  const names = (await readdir(source, { recursive: true })).filter((name) => /(?<!\.spec)\.ts$/.test(name));
  code = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(source, name), 'utf8')] as const)),
  );
});

/** What a pattern finds in the files whose names match. */
function found(pattern: RegExp, files = /./): string[] {
  const texts = [...code].filter(([name]) => files.test(name)).map(([, text]) => text);
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, one]) => one as string)))].sort();
}

/** The words in the first column of the table below a heading. */
function entriesOf(heading: string): string[] {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [rows = ''] = section.split('\n## ');
  const firsts = rows
    .split('\n')
    .filter((line) => /^\| (<a id="\w+"><\/a>)?`/.test(line))
    .map((line) => line.split(/ \| |<br>/)[0] ?? '');
  return firsts.flatMap((first) => [...first.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string)).sort();
}

// A word that the code may show, and that a reader looks up.
describe(PAGE, () => {
  it.each<[string, string, () => string[]]>([
    ['detail of `Cache-Status`', 'Details of `Cache-Status`', () => found(/reason: '([^']+)'/g, /^(scope|http)\//)],
    ['verdict of `inspect`', 'Verdicts of `inspect`', () => verdicts().sort()],
    ['event', 'Events and log lines', () => found(/readonly type: '([^']+)'/g, /^cache\/state\/events\.ts$/)],
    ['warning', 'Warnings of the process', () => found(/type: 'LarderWarning', code: '(\w+)'/g)],
    ['error code', 'Error codes', () => found(/super\(\s*'(LARDER_\w+)'/g, /^base\/errors\.ts$/)],
  ])('has every %s of the code, and no other one', (_name, heading, inCode) => {
    const words = inCode();
    expect(words.length).toBeGreaterThan(2);
    expect(entriesOf(heading)).toEqual(words);
  });

  it('has the row to which `help` of each error leads', () => {
    const codes = found(/super\(\s*'(LARDER_\w+)'/g, /^base\/errors\.ts$/) as `LARDER_${string}`[];
    const lost = codes.filter((one) => {
      const [file, anchor] = new LarderError(one, 'A fault.').help.split('#');
      return file !== PAGE || !page.includes(`| <a id="${anchor}"></a>\`${one}\`<br>`);
    });
    expect(lost).toEqual([]);
  });

  it('names the class of each error code', () => {
    const classes = found(/export class (Larder\w+) extends/g, /^base\/errors\.ts$/);
    expect(classes.filter((name) => name !== 'LarderError' && !page.includes(`\`${name}\``))).toEqual([]);
  });
});

function verdicts(): string[] {
  const text = /export type Verdict = ([^;]+);/.exec(code.get('cache/reads/inspector.ts') ?? '')?.[1] ?? '';
  return [...text.matchAll(/'([^']+)'/g)].map(([, word]) => word as string);
}

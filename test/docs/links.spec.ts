import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { anchorOf } from '../../site/anchors.js';

const root = join(import.meta.dirname, '../..');

describe('links between pages', () => {
  it('lead to pages and headings that exist', async () => {
    const names = [
      'README.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      ...(await pagesIn('docs')),
      ...(await pagesIn('docs/decisions')),
    ];
    const texts = new Map(
      await Promise.all(names.map(async (name) => [name, await readFile(join(root, name), 'utf8')] as const)),
    );
    const dead: string[] = [];
    for (const [name, text] of texts) {
      for (const [, target] of withoutCode(text).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
        if (!(await leads(join(name, '..'), name, target as string, texts))) dead.push(`${name}: ${target}`);
      }
    }
    expect(dead).toEqual([]);
  });
});

async function pagesIn(folder: string): Promise<string[]> {
  return (await readdir(join(root, folder))).filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
}

async function leads(folder: string, own: string, target: string, texts: Map<string, string>): Promise<boolean> {
  const [path = '', anchor] = target.split('#');
  const name = path === '' ? own : join(folder, path);
  const text = texts.get(name);
  if (anchor !== undefined && text !== undefined) return anchorsOf(text).includes(anchor);
  const parent: string[] = await readdir(join(root, name, '..')).catch(() => []);
  return parent.includes(name.replace(/\/$/, '').split('/').at(-1) as string);
}

/** The anchors of headings, and those that a page names itself. */
function anchorsOf(text: string): string[] {
  const prose = withoutCode(text);
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading as string));
  return [...headings, ...[...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id as string)];
}

/** A page without its blocks of code. */
function withoutCode(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}

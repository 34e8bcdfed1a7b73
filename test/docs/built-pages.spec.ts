import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { checkBuiltPages } from '../../site/built-pages.js';

let out: string;

beforeEach(async () => {
  jest.spyOn(console, 'log').mockReturnValue();
  out = await mkdtemp(join(tmpdir(), 'larder-site-'));
  await build({
    'index.html': '<a href="/guides/keys.html#parts">keys</a> <a href="https://nodejs.org">Node</a>',
    'guides/keys.html': '<h2 id="parts">Parts</h2> <a href="../index.html">start</a> <a href="#parts">parts</a>',
    'llms.txt': '',
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(out, { recursive: true });
});

describe('the check of the built site', () => {
  it('passes pages whose links lead to pages and anchors', async () => {
    await expect(check()).resolves.toBeUndefined();
  });

  it.each([
    ['a link to no page', '<a href="/guides/gone.html">gone</a>', 'index.html: dead link /guides/gone.html'],
    [
      'a link to no anchor',
      '<a href="/guides/keys.html#gone">gone</a>',
      'index.html: dead link /guides/keys.html#gone',
    ],
    [
      'a script of another host',
      '<script src="https://cdn.test/a.js"></script>',
      'index.html loads https://cdn.test/a.js',
    ],
    [
      'a font of another host',
      '<link rel="stylesheet" href="//fonts.test/a.css">',
      'index.html loads //fonts.test/a.css',
    ],
  ])('fails for %s', async (_name, html, problem) => {
    await build({ 'index.html': html });
    await expect(check()).rejects.toThrow(problem);
  });

  it('fails for a page that the navigation lacks, and for a name without a page', async () => {
    await build({ 'lost.html': '' });
    await expect(check()).rejects.toThrow('lost.html is missing in the navigation');
    await expect(check(['guides/keys', 'lost', 'none'])).rejects.toThrow('none.html, which is no page');
  });

  it('fails for a style sheet that loads a font of another host', async () => {
    await build({ 'style.css': '@font-face { src: url(https://fonts.test/a.woff2) }' });
    await expect(check()).rejects.toThrow('style.css loads url(https://fonts.test/a.woff2');
  });
});

function check(named = ['guides/keys']): Promise<void> {
  return checkBuiltPages(out, named);
}

async function build(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(out, name)), { recursive: true });
    await writeFile(join(out, name), text);
  }
}

import { readdir, readFile } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';

interface BuiltPage {
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
}

/**
 * Checks the built pages: each link leads to a page and to an anchor of it, the navigation names each page once, and no page
 * loads anything from another host. Throws an error with all that is wrong.
 */
export async function checkBuiltPages(out: string, named: readonly string[]): Promise<void> {
  const files = (await readdir(out, { recursive: true })).map((name) => name.split(sep).join('/'));
  const names = files.filter((name) => name.endsWith('.html') && name !== '404.html');
  const problems: string[] = [];
  const pages = new Map<string, BuiltPage>();
  for (const name of names) {
    const html = await readFile(join(out, name), 'utf8');
    pages.set(name, pageOf(html));
    problems.push(...loadedFromElsewhere(html).map((url) => `${name} loads ${url}`));
  }
  for (const name of files.filter((file) => file.endsWith('.css'))) {
    const urls =
      (await readFile(join(out, name), 'utf8')).match(/(?:url\(|@import\s*)["']?(?:https?:)?\/\/[^)"']+/g) ?? [];
    problems.push(...urls.map((url) => `${name} loads ${url}`));
  }
  let links = 0;
  for (const [name, page] of pages) {
    links += page.links.length;
    problems.push(
      ...page.links.filter((href) => !leads(href, name, pages, files)).map((href) => `${name}: dead link ${href}`),
    );
  }
  const expected = new Set(['index.html', ...named.map((page) => `${page}.html`)]);
  problems.push(...names.filter((name) => !expected.has(name)).map((name) => `${name} is missing in the navigation`));
  problems.push(
    ...[...expected].filter((name) => !pages.has(name)).map((name) => `the navigation names ${name}, which is no page`),
  );
  if (problems.length > 0) throw new Error(`The site has ${problems.length} faults:\n${problems.sort().join('\n')}`);
  console.log(`${pages.size} pages, ${links} links, none dead; nothing is loaded from another host.`);
}

function pageOf(html: string): BuiltPage {
  return {
    anchors: new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => decoded(id))),
    links: [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)]
      .map(([, href]) => decoded(href))
      .filter((href) => !/^[a-z]+:/i.test(href)),
  };
}

/** What a browser fetches without a click. */
function loadedFromElsewhere(html: string): string[] {
  const fetched = [
    ...html.matchAll(/<(?:script|link|img|iframe|source|video|audio)\s[^>]*?(?:src|href)="((?:https?:)?\/\/[^"]*)"/g),
  ];
  return fetched.map(([, url]) => decoded(url));
}

function leads(href: string, from: string, pages: ReadonlyMap<string, BuiltPage>, files: readonly string[]): boolean {
  const [path = '', anchor = ''] = decodeURIComponent(href).split('#');
  const target = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), path);
  const name = path === '' ? from : target.replace(/(^|\/)$/, '$1index.html');
  const page = pages.get(name);
  if (page === undefined) return files.includes(name);
  return anchor === '' || page.anchors.has(anchor);
}

function decoded(text = ''): string {
  return text
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}

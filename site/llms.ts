import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NAVIGATION } from './navigation.js';
import { pageBehind, ROOT } from './pages.js';

const SUMMARY =
  'Caching for NestJS that never serves an invalidated value: decorators, memory and Redis, stamped entries over a journal.';

/**
 * Writes what language models read: each page as Markdown beside its HTML, `llms.txt` (a list of the pages, as https://llmstxt.org
 * describes it), and `llms-full.txt` (all pages in one).
 */
export async function writeForModels(out: string, pages: Record<string, string>): Promise<void> {
  const texts = new Map<string, string>();
  for (const [file, page] of Object.entries(pages)) {
    if (page === 'index.md') continue;
    const text = linked(withoutFrontmatter(await readFile(join(ROOT, file), 'utf8')), file, pages);
    texts.set(page, text);
    await mkdir(dirname(join(out, page)), { recursive: true });
    await writeFile(join(out, page), text);
  }
  const listed = NAVIGATION.flatMap(({ items }) => items.map(([, page]) => `${page}.md`));
  const rest = [...texts.keys()].filter((page) => !listed.includes(page)).sort();
  const groups = NAVIGATION.map(
    ({ title, purpose, items }) =>
      `## ${title}\n\n${purpose[0]?.toUpperCase()}${purpose.slice(1)}.\n\n${items.map(([, page]) => lineOf(`${page}.md`, texts)).join('\n')}\n`,
  );
  const list = [...groups, `## Optional\n\n${rest.map((page) => lineOf(page, texts)).join('\n')}\n`];
  await writeFile(join(out, 'llms.txt'), `# Larder\n\n> ${SUMMARY}\n\n${list.join('\n')}`);
  const all = [...listed, ...rest].map((page) => `<!-- /${page} -->\n\n${texts.get(page)}`);
  await writeFile(join(out, 'llms-full.txt'), all.join('\n\n'));
}

function lineOf(page: string, texts: ReadonlyMap<string, string>): string {
  const text = texts.get(page);
  if (text === undefined)
    throw new Error(`The navigation names ${page}, and no file is this page. Correct site/navigation.ts.`);
  const about = /\n\*\*The problem\.\*\* (.*?)\n\n/s.exec(text)?.[1]?.replace(/\s+/g, ' ');
  const title = /^# (.+)$/m.exec(text)?.[1] ?? page;
  return `- [${title.replaceAll('`', '')}](/${page})${about === undefined ? '' : `: ${about}`}`;
}

function withoutFrontmatter(text: string): string {
  return text.replace(/^---\n.*?\n---\n/s, '').trim();
}

function linked(text: string, file: string, pages: Record<string, string>): string {
  return text.replace(/\]\(([^)\s]+)\)/g, (link, href: string) => {
    const page = pageBehind(href, file, pages);
    return page === undefined ? link : `](${page})`;
  });
}

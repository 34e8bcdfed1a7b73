import { relative, sep } from 'node:path';
import type { MarkdownEnv, MarkdownRenderer } from 'vitepress';
import { pageBehind, ROOT } from './pages.js';

/** Lets links between files of the repository lead to the pages of these files. */
export function linkPages(renderer: MarkdownRenderer, pages: Record<string, string>): void {
  renderer.core.ruler.after('inline', 'pages', ({ tokens, env }) => {
    const { realPath, path } = env as MarkdownEnv;
    const file = relative(ROOT, realPath ?? path).replaceAll(sep, '/');
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type !== 'link_open') continue;
      const page = pageBehind(token.attrGet('href') ?? '', file, pages);
      if (page !== undefined) token.attrSet('href', page);
    }
  });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { anchorOf } from '../anchors.js';
import { checkBuiltPages } from '../built-pages.js';
import { linkPages } from '../links.js';
import { writeForModels } from '../llms.js';
import { NAVIGATION } from '../navigation.js';
import { pagesOf, ROOT } from '../pages.js';

/** Three shelves. In the page itself, so that nothing is fetched for it. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0f7a5c"/><path d="M7 10h18M7 17h18M7 24h18" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>',
)}`;
/** Their tables need the room of the outline. */
const WIDE = ['comparison.md', 'metrics.md'];
const pages = pagesOf();
/** Made by `site/generate.js`: the names of each entry point, the example applications, and files of the sample application. */
const generated = JSON.parse(readFileSync(join(ROOT, 'site/generated/navigation.json'), 'utf8')) as {
  readonly reference: DefaultTheme.SidebarItem[];
  readonly examples: DefaultTheme.SidebarItem[];
  readonly sample: DefaultTheme.SidebarItem[];
};
const sidebar = NAVIGATION.map(({ title, items }) => ({
  text: title,
  collapsed: title === 'Decisions',
  items: items.map(([text, page]) => ({
    text,
    link: `/${page}`.replace(/\/index$/, '/'),
    ...(page === 'examples' && { collapsed: true, items: generated.examples }),
    ...(page === 'sample-application' && { collapsed: true, items: generated.sample }),
  })),
}));
/** The names of one entry point at a time: a page with all of them would carry 250 links. */
const referenceSidebars = Object.fromEntries(
  ['/reference/', ...generated.reference.map(({ link }) => link ?? '')].map((place) => [
    place,
    [
      { text: 'API', link: '/reference/' },
      ...generated.reference.map((entry) =>
        entry.link?.startsWith(`${place}index`) ? entry : { ...entry, items: [] },
      ),
    ],
  ]),
);

export default defineConfig({
  title: 'Larder',
  description: 'Caching for NestJS that never serves an invalidated value.',
  srcDir: '..',
  outDir: './dist',
  cacheDir: '../.cache/site',
  srcExclude: [
    'site/README.md',
    'docs/api/**',
    'libs/larder/**',
    'test/**',
    'examples/**',
    '**/build/**',
    '**/.data/**',
  ],
  rewrites: (page) => pages[page] ?? page,
  ignoreDeadLinks: 'localhostLinks',
  // Else each page carries the names of all files.
  metaChunk: true,
  head: [['link', { rel: 'icon', href: ICON }]],
  markdown: {
    anchor: { slugify: anchorOf },
    config: (renderer) => linkPages(renderer, pages),
  },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/own-application' },
      { text: 'Guides', link: '/caching' },
      { text: 'Operations', link: '/production' },
      { text: 'Configuration', link: '/configuration' },
      { text: 'API', link: '/reference/' },
    ],
    sidebar: { '/': sidebar, ...referenceSidebars },
    search: {
      provider: 'local',
      options: {
        // The search reads words: colours of code would only cost time.
        _render: (text, env, renderer) => {
          const { highlight } = renderer.options;
          renderer.set({ highlight: null });
          const html = renderer.render(text, env);
          renderer.set({ highlight });
          // "Parameters" and "Returns" are no results: a name and a method are.
          return env.relativePath.startsWith('reference/') ? html.replace(/<(\/?)h[24-6]\b/g, '<$1p') : html;
        },
        miniSearch: {
          searchOptions: {
            boostDocument: (id: string) =>
              /^\/(reference|changelog|decisions|architecture|benchmarks|sample|sample-application)\b/.test(id)
                ? 0.5
                : 1,
          },
        },
      },
    },
    outline: { level: [2, 3] },
  },
  vite: {
    // The index of the search; a page loads it when a reader searches.
    build: { chunkSizeWarningLimit: 1500 },
    // The repository holds other pages and programs; only the theme is an entry of the site.
    optimizeDeps: { entries: ['site/.vitepress/theme/index.ts'] },
  },
  transformPageData: ({ relativePath, frontmatter }) => {
    if (WIDE.includes(relativePath)) frontmatter.aside = false;
  },
  buildEnd: async ({ outDir }) => {
    await writeForModels(outDir, pages);
    await checkBuiltPages(outDir, linksOf([...sidebar, ...generated.reference]));
  },
});

function linksOf(items: readonly DefaultTheme.SidebarItem[]): string[] {
  return items.flatMap(({ link, items: inner = [] }) => [
    ...(link === undefined ? [] : [link.slice(1).replace(/\/$/, '/index')]),
    ...linksOf(inner),
  ]);
}

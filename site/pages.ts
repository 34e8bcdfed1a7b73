import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** Files outside of `docs/` that are pages too. */
const FROM_ELSEWHERE = {
  'README.md': 'overview.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security-policy.md',
  'apps/arena/README.md': 'sample-application.md',
  'bench/README.md': 'benchmarks.md',
  'libs/eslint-plugin-nest-larder/README.md': 'eslint-plugin.md',
  'site/index.md': 'index.md',
};

/** Links to folders and to files that are no page lead to the page that shows them. */
const SHOWN_ELSEWHERE: readonly (readonly [path: string, page: string])[] = [
  ['docs/decisions', 'decisions/0001-a-stamp-is-a-sequence-number.md'],
  ['libs/larder/README.md', 'overview.md'],
  ['.env.example', 'configuration.md'],
  ['ops/containers/Containerfile', 'sample/containers.md'],
  ['ops/containers/compose.yaml', 'sample/containers.md'],
];

/** The page of each file: `docs/caching.md` is `caching.md`. */
export function pagesOf(root = ROOT): Record<string, string> {
  return { ...FROM_ELSEWHERE, ...below(root, 'docs', /^api\//), ...below(root, 'site/generated') };
}

/**
 * The page to which a link of a file leads, as `/caching.md#entities`; undefined for addresses with a host, anchors of
 * the own page, and files that no page shows.
 */
export function pageBehind(href: string, file: string, pages: Record<string, string>): string | undefined {
  if (/^([a-z]+:|#|\/)/i.test(href)) return undefined;
  const [path = '', anchor] = href.split('#');
  const target = posix.join(posix.dirname(file), decodeURIComponent(path)).replace(/\/$/, '');
  const page =
    pages[target] ??
    exampleOf(target, pages) ??
    sampleOf(target, pages) ??
    SHOWN_ELSEWHERE.find(([shown]) => shown === target)?.[1];
  if (page === undefined) return undefined;
  return `/${page}${anchor === undefined ? '' : `#${anchor}`}`;
}

/** `examples/graphql/src/app.ts` is shown by the page of its application, `examples` by the list of them. */
function exampleOf(path: string, pages: Record<string, string>): string | undefined {
  if (path === 'examples') return 'examples.md';
  const [, name] = /^examples\/([^/]+)/.exec(path) ?? [];
  const page = `examples/${name}.md`;
  return Object.values(pages).includes(page) ? page : undefined;
}

/** `apps/arena/src/sign-in/venue.keys.ts` is shown by `sample/sign-in/venue-keys.md`, if a guide links to it. */
function sampleOf(path: string, pages: Record<string, string>): string | undefined {
  const [, name] = /^apps\/arena\/src\/(.+)\.ts$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  const page = `sample/${name.replaceAll('.', '-')}.md`;
  return Object.values(pages).includes(page) ? page : undefined;
}

function below(root: string, folder: string, except = /^$/): Record<string, string> {
  if (!existsSync(join(root, folder))) return {};
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.md') && !except.test(name));
  return Object.fromEntries(names.sort().map((name) => [`${folder}/${name}`, name]));
}

import { describe, expect, it } from '@jest/globals';
import { NAVIGATION } from '../../site/navigation.js';
import { pageBehind, pagesOf } from '../../site/pages.js';

// `npm run docs:build` checks the links of the built pages too, which takes longer.
describe('the navigation of the docs site', () => {
  const pages = pagesOf();
  const named = NAVIGATION.flatMap(({ items }) => items.map(([, page]) => `${page}.md`));

  it('names each page once', () => {
    const own = Object.entries(pages).filter(([file]) => !file.startsWith('site/'));
    expect(named.filter((page) => !MADE.includes(page)).sort()).toEqual(own.map(([, page]) => page).sort());
  });

  it.each([
    ['own-application.md', 'docs/orms.md', '/own-application.md'],
    ['../README.md#guarantees', 'docs/orms.md', '/overview.md#guarantees'],
    ['docs/decisions/', 'README.md', '/decisions/0001-a-stamp-is-a-sequence-number.md'],
    ['../examples/', 'docs/orms.md', '/examples.md'],
    ['https://nodejs.org', 'docs/orms.md', undefined],
    ['#lazy', 'docs/orms.md', undefined],
    ['../jest.config.js', 'docs/orms.md', undefined],
  ])('a link to %s in %s leads to %s', (href, file, page) => {
    expect(pageBehind(href, file, pages)).toBe(page);
  });
});

/** What `site/generate.js` makes. */
const MADE = ['examples.md', 'reference/index.md'];

import { type Html, html } from './html.js';

/** The pages that each page links to. */
const PLACES = {
  '/': 'Start',
  '/app/tournaments': 'Tournaments',
  '/app/venues': 'Venues',
  '/app/market': 'Market',
  '/app/notifications': 'Notifications',
  '/live': 'Map',
  '/app/calls': 'Call centre',
  '/app/releases': 'Releases',
  '/app/account': 'You',
} as const;
export type Place = keyof typeof PLACES;

/** Everything comes from arena itself. */
export const PAGE_POLICY =
  "default-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

interface Page {
  readonly title: string;
  readonly about: string;
  /** Where the page is among {@link PLACES}; default: nowhere. */
  readonly place?: Place;
  /** The URL of its script. */
  readonly script?: string;
  readonly content: Html;
}

/** A page in arena's style, with links to all others. */
export function pageOf({ title, about, place, script, content }: Page): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title === 'Arena' ? title : `${title} – Arena`}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/app/style.css">
    ${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header>
      <nav aria-label="Pages of arena"><ul>${Object.entries(PLACES).map(([path, name]) =>
        path === place
          ? html`<li><a href="${path}" aria-current="page">${name}</a></li>`
          : html`<li><a href="${path}">${name}</a></li>`,
      )}</ul></nav>
      <h1>${title}</h1>
      <p>${about}</p>
    </header>
    <main id="main">${content}</main>
  </body>
</html>
`.markup;
}

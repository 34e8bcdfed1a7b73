import { type Html, html } from '../../platform/pages/html.js';
import { pageOf } from '../../platform/pages/page.js';

/** The values that the start page shows. */
export interface StartPage {
  /** Host and port of the request, such as `localhost:3000`. */
  readonly host: string;
  /** The parts that arena runs on, by name. */
  readonly parts: Readonly<Record<string, string>>;
  /** Row counts, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Which flags are on, by name. */
  readonly flags: Readonly<Record<string, boolean>>;
  /** Whether the dashboard of the cache is open. */
  readonly hasDashboard: boolean;
  /** Whether the demo players may sign in. */
  readonly hasDemoUsers: boolean;
  /** Cache statistics, by name. */
  readonly cache: Readonly<Record<string, number | string>>;
}

/** The page at `/`: the running parts, and links to try. */
export function startPage({ host, parts, counts, cache, flags, hasDashboard, hasDemoUsers }: StartPage): string {
  const origin = `http://${host}`;
  return pageOf({
    title: 'Arena',
    about:
      'Tournaments, a marketplace and notifications for people who play pool: the sample application of nest-larder.',
    place: '/',
    content: html`
      <section>
        <h2>Running on</h2>
        <dl>${Object.entries(parts).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
      </section>
      <section>
        <h2>In the database</h2>
        <ul class="figures">${Object.entries(counts).map(figure)}</ul>
      </section>
      <section>
        <h2>In the cache</h2>
        <ul class="figures">${Object.entries(cache).map(figure)}</ul>
      </section>
      <section>
        <h2>Switched on and off</h2>
        <dl>${Object.entries(flags).map(([name, enabled]) => html`<dt>${name}</dt><dd>${enabled ? 'on' : 'off'}</dd>`)}</dl>
      </section>
      <section>
        <h2>Look at</h2>
        <ul class="links">
          ${hasDashboard ? link('/larder/', 'the dashboard of the cache: figures, and why an entry is served or not') : ''}
          ${link('/docs', 'every route, to try in the browser')}
          ${link('/v1/tournaments?status=open', 'tournaments that take entries')}
          ${link('/v1/tournaments/1', 'one tournament')}
          ${link('/marketplace/items?q=cue&sort=price', 'the cheapest cues')}
          ${link('/marketplace/items/1', 'an item for sale and its offers')}
          ${link('/marketplace/feed?type=discover', 'one item of every seller')}
          ${link('/api/v1/batch/cache-stats', 'statistics of Redis, if it is configured')}
          ${link('/docs-json', 'the OpenAPI document')}
        </ul>
      </section>
      ${hasDemoUsers ? demoOf(origin) : ''}
      <details class="source"><summary>Where this page came from</summary>
        <dl>
          <dt>Numbers of rows</dt><dd>PostgreSQL, counted for this request: the cache holds nothing of it.</dd>
          <dt>Figures of the cache</dt><dd>Statistics of this process, since its start.</dd>
          <dt>All else</dt><dd>This process, for this request.</dd>
        </dl>
      </details>
`,
  });
}

/** What a visitor of an arena with demo players may try. */
function demoOf(origin: string): Html {
  return html`<section>
      <h2>Try</h2>
      <p>player1@arena.test to player200@arena.test, with the password <code>arena</code>. player1 is an organiser and of the staff.</p>
      <pre tabindex="0">${[
        `TOKEN=$(curl -s ${origin}/auth/sign-in --json '{"email":"player1@arena.test","password":"arena"}' | cut -d'"' -f4)`,
        `curl ${origin}/notifications?unread=true -H "Authorization: Bearer $TOKEN"`,
        `curl -X POST ${origin}/v1/tournaments/1/entries -H "Authorization: Bearer $TOKEN"`,
        `curl -X PATCH ${origin}/v1/tournaments/1 -H "Authorization: Bearer $TOKEN" --json '{"name":"Renamed Open"}'`,
        `curl ${origin}/v1/tournaments/1`,
        `curl ${origin}/dashboard -H "Authorization: Bearer $TOKEN"`,
        `curl ${origin}/v1/deployments/1/pending-updates -H "Authorization: Bearer $TOKEN"`,
        `curl -X POST ${origin}/v1/products/1/versions/4.10.0/release -H "Authorization: Bearer $TOKEN"`,
      ].join('\n')}</pre>
    </section>`;
}

function figure([name, count]: [string, number | string]): Html {
  return html`<li><strong>${count.toLocaleString('en')}</strong> ${name}</li>`;
}

function link(path: string, about: string): Html {
  return html`<li><a href="${path}">${path}</a> ${about}</li>`;
}

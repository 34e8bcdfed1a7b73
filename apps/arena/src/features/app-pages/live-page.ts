import { html } from '../../platform/pages/html.js';
import { pageOf } from '../../platform/pages/page.js';

/** A visitor who is not signed in renames as a demo player. */
const RENAME = html`<h3>Rename the first</h3>
        <form id="rename">
          <label>New name <input name="name" required maxlength="120" autocomplete="off"></label>
          <button type="submit">Rename</button>
        </form>
        <p id="rename-problem" class="problem" role="alert"></p>
        <p>As player1, an organiser. Open this page twice to see the other one change.</p>`;

/** A moving map with names, and a live list of tournaments. @param hasDemoUsers whether player1 may sign in */
export function livePage(hasDemoUsers: boolean): string {
  return pageOf({
    title: 'Map',
    about: 'Players and dojos of three regions, and the latest tournaments, live.',
    place: '/live',
    script: '/live/live.js',
    content: html`<div class="columns">
      <section aria-labelledby="map-title">
        <h2 id="map-title">The map</h2>
        <label>Region <select id="region"><option>harbour</option><option>old-town</option><option>riverside</option></select></label>
        <p>Click the map, or use the arrow keys on it, to walk.</p>
        <div id="walk" tabindex="0" role="application" aria-label="Map of players and dojos; arrow keys walk"><svg id="map" viewBox="0 0 100 100" aria-hidden="true"></svg></div>
        <p id="event" role="status"></p>
      </section>
      <section aria-labelledby="list-title">
        <h2 id="list-title">The latest tournaments</h2>
        <ol id="tournaments"></ol>
        <p id="live-status" role="status">Connecting</p>
        ${hasDemoUsers ? RENAME : ''}
      </section>
    </div>
    <div id="sources"></div>`,
  });
}

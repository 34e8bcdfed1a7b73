import { html, render } from '/app/htm.js';
import { Connection, News } from '/app/parts.js';
import { Sources } from '/app/sources.js';
import { Account } from '/app/views/account.js';
import { Calls } from '/app/views/calls.js';
import { Item, Market } from '/app/views/market.js';
import { Notifications } from '/app/views/notifications.js';
import { Releases } from '/app/views/releases.js';
import { Tournament, Tournaments } from '/app/views/tournaments.js';
import { Venue, Venues } from '/app/views/venues.js';

const VIEWS = {
  tournaments: (id) => (id ? html`<${Tournament} id=${id} />` : html`<${Tournaments} />`),
  venues: (id) => (id ? html`<${Venue} id=${id} />` : html`<${Venues} />`),
  market: (id) => (id ? html`<${Item} id=${id} />` : html`<${Market} />`),
  notifications: () => html`<${Notifications} />`,
  calls: () => html`<${Calls} />`,
  releases: () => html`<${Releases} />`,
  account: () => html`<${Account} />`,
};

const [, , name, id] = location.pathname.split('/');
const root = document.getElementById('main');
root.replaceChildren();
render(html`<${Connection} /><${News} />${VIEWS[name](id)}<${Sources} />`, root);

import { html, render } from '/app/htm.js';
import { Connection, Sources } from '/app/parts.js';
import { Account } from '/app/views/account.js';
import { Calls } from '/app/views/calls.js';
import { Item, Market } from '/app/views/market.js';
import { Notifications } from '/app/views/notifications.js';
import { Releases } from '/app/views/releases.js';
import { Tournament, Tournaments } from '/app/views/tournaments.js';

const VIEWS = {
  tournaments: (id) => (id ? html`<${Tournament} id=${id} />` : html`<${Tournaments} />`),
  market: (id) => (id ? html`<${Item} id=${id} />` : html`<${Market} />`),
  notifications: () => html`<${Notifications} />`,
  calls: () => html`<${Calls} />`,
  releases: () => html`<${Releases} />`,
  account: () => html`<${Account} />`,
};

const [, , name, id] = location.pathname.split('/');
const root = document.getElementById('main');
root.replaceChildren();
render(html`<${Connection} />${VIEWS[name](id)}<${Sources} />`, root);

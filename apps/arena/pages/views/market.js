import { html, useState } from '/app/htm.js';
import { Action, euros, Form, Pager, Problem, time, useValue } from '/app/parts.js';
import { send, user } from '/app/server.js';

const PER_PAGE = 12;
const ALL = html`<p><a href="/app/market">All items</a></p>`;

export function Market() {
  const [search, setSearch] = useState({ q: '', sort: 'newest', page: 1 });
  const query = { ...(search.q && { q: search.q }), sort: search.sort, page: search.page, perPage: PER_PAGE };
  const { value, problem } = useValue(`/marketplace/items?${new URLSearchParams(query)}`, [
    'MarketplaceController.list',
    query,
  ]);
  const find = ({ q, sort }) => setSearch({ q: q.trim(), sort, page: 1 });
  return html`<section aria-label="Items">
    <${Form} quiet label="Search" onSend=${find}>
      <label>Words of the title <input name="q" maxlength="100" autocomplete="off" /></label>
      <label>Order <select name="sort"><option value="newest">newest first</option><option value="price">lowest price first</option><option value="-price">highest price first</option></select></label>
    </${Form}>
    ${problem && html`<${Problem} text=${problem} />`}
    ${
      value &&
      html`<p class="soft">${value.total.toLocaleString('en')} items</p>
      <ul class="cards">${value.items.map(
        (each) => html`<li key=${each.id}>
        <a href=${`/app/market/${each.id}`}>${each.title}</a>
        <p>${euros(each.priceCents)}, ${each.condition}</p><p>sold by ${each.seller.name}</p></li>`,
      )}</ul>
      <${Pager} ...${value} onPage=${(page) => setSearch({ ...search, page })} />`
    }
  </section>
  <section aria-labelledby="sell"><h2 id="sell">Sell something</h2>
    ${user() ? html`<${Sell} />` : html`<p><a href="/app/account">Sign in</a> to sell an item.</p>`}
  </section>`;
}

function Sell() {
  const put = async ({ title, description, condition, price }) => {
    const item = { title, description, condition, priceCents: Math.round(Number(price) * 100) };
    const { answer } = await send('POST', '/marketplace/items', item);
    location.assign(`/app/market/${answer.id}`);
  };
  return html`<${Form} label="Offer it for sale" onSend=${put}>
    <label>Title <input name="title" required maxlength="120" autocomplete="off" /></label>
    <label>Description <input name="description" required maxlength="2000" autocomplete="off" /></label>
    <label>Condition <select name="condition">${['new', 'like new', 'used', 'worn'].map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
    <label>Price in euros <input name="price" type="number" min="0.01" step="0.01" required /></label>
  </${Form}>`;
}

export function Item({ id }) {
  const { value, problem, isChanged } = useValue(`/marketplace/items/${id}/state`, ['MarketplaceController.state', id]);
  if (problem) return html`<section aria-label="Item"><${Problem} text=${problem} />${ALL}</section>`;
  if (!value) return html`<p>Loading</p>`;
  const me = user();
  const isMine = me?.id === value.seller.id;
  return html`<section aria-labelledby="title">
    ${ALL}
    <h2 id="title">${value.title}</h2>
    <p>${value.description}</p>
    <dl key=${JSON.stringify(value)} class=${isChanged ? 'changed' : ''}>
      <dt>Status</dt><dd>${value.status}</dd>
      <dt>Price</dt><dd>${euros(value.priceCents)}</dd>
      <dt>Condition</dt><dd>${value.condition}</dd>
      <dt>Seller</dt><dd>${value.seller.name}${isMine ? ' (you)' : ''}</dd>
      <dt>Open offers</dt><dd>${value.offers.open}${value.offers.bestCents === null ? '' : `, the best is ${euros(value.offers.bestCents)}`}</dd>
    </dl>
  </section>
  <section aria-labelledby="offers"><h2 id="offers">Offers</h2>
    ${isMine && html`<${Received} id=${id} />`}
    ${me && !isMine && value.status === 'available' && html`<${Bid} id=${id} price=${value.priceCents} />`}
    ${me && !isMine && html`<p>Your offers are on <a href="/app/account">your page</a>.</p>`}
    ${!me && html`<p><a href="/app/account">Sign in</a> to make an offer.</p>`}
  </section>`;
}

function Bid({ id, price }) {
  const bid = async ({ amount }) => {
    await send('POST', `/marketplace/items/${id}/offers`, { amountCents: Math.round(Number(amount) * 100) });
    return 'done';
  };
  return html`<${Form} label="Make an offer" onSend=${bid}>
    <label>Euros, from ${euros(Math.ceil(price / 2))} to ${euros(price)} <input name="amount" type="number" step="0.01" required /></label>
  </${Form}>`;
}

function Received({ id }) {
  const { value, problem } = useValue(`/marketplace/items/${id}/offers`, ['MyMarketController.received', id]);
  if (problem) return html`<${Problem} text=${problem} />`;
  if (!value) return html`<p>Loading</p>`;
  if (value.offers.length === 0) return html`<p class="soft">None is open.</p>`;
  const decide = (offer, what) => () => send('POST', `/marketplace/offers/${offer.id}/${what}`);
  return html`<ul class="cards">${value.offers.map(
    (offer) => html`<li key=${offer.id}>
    <strong>${euros(offer.amountCents)}</strong> by ${offer.bidder.name}<p>until ${time(offer.expiresAt)}</p>
    <div class="row">
      <${Action} label=${`Accept ${euros(offer.amountCents)}`} run=${decide(offer, 'accept')} />
      <${Action} quiet label=${`Decline ${euros(offer.amountCents)}`} run=${decide(offer, 'decline')} />
    </div></li>`,
  )}</ul>`;
}

import { html } from '/app/htm.js';
import { Action, cents, euros, Form, Pager, Problem, SignIn, time, useAddress } from '/app/parts.js';
import { leave, send, user } from '/app/server.js';
import { useValue } from '/app/sources.js';

const PER_PAGE = 12;
const ALL = html`<p><a href="/app/market">All items</a></p>`;
const ORDERS = { newest: 'newest first', price: 'lowest price first', '-price': 'highest price first' };
const CONDITIONS = ['new', 'like new', 'used', 'worn'];

export function Market() {
  const [{ q, sort, page }, change] = useAddress({ q: '', sort: 'newest', page: 1 });
  const query = { ...(q && { q }), sort, page: Number(page), perPage: PER_PAGE };
  const { value, problem } = useValue(`/marketplace/items?${new URLSearchParams(query)}`, [
    'MarketplaceController.list',
    query,
  ]);
  const find = (fields) => change({ q: fields.q.trim(), sort: fields.sort, page: 1 });
  return html`<section aria-label="Items">
    <${Form} quiet label="Search" onSend=${find}>
      <label>Words of the title <input name="q" maxlength="100" autocomplete="off" defaultValue=${q} /></label>
      <label>Order <select name="sort">${Object.entries(ORDERS).map(([name, text]) => html`<option value=${name} selected=${name === sort}>${text}</option>`)}</select></label>
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
      <${Pager} of="items" ...${value} onPage=${(page) => change({ page })} />`
    }
  </section>
  <section aria-labelledby="sell"><h2 id="sell">Sell something</h2>
    ${user() ? html`<${Sell} />` : html`<p><${SignIn}>Sign in</${SignIn}> to sell an item.</p>`}
  </section>`;
}

function Sell() {
  const put = async ({ price, ...fields }) => {
    const { answer } = await send('POST', '/marketplace/items', { ...fields, priceCents: cents(price) });
    await leave(`/app/market/${answer.id}`);
  };
  return html`<${Form} label="Offer it for sale" onSend=${put}>
    <label>Title <input name="title" required maxlength="120" autocomplete="off" /></label>
    <label>Description <input name="description" required maxlength="2000" autocomplete="off" /></label>
    <label>Condition <select name="condition">${CONDITIONS.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
    <label>Price in euros <input name="price" type="number" min="0.01" max="1000000" step="0.01" required /></label>
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
    ${isMine && value.status === 'available' && html`<${Change} id=${id} />`}
  </section>
  <section aria-labelledby="offers"><h2 id="offers">Offers</h2>
    ${isMine && html`<${Received} id=${id} />`}
    ${me && !isMine && value.status === 'available' && html`<${Bid} id=${id} price=${value.priceCents} />`}
    ${me && !isMine && html`<p>Your offers are on <a href="/app/account">your page</a>.</p>`}
    ${!me && html`<p><${SignIn}>Sign in</${SignIn}> to make an offer.</p>`}
  </section>`;
}

/** What the seller changes. */
function Change({ id }) {
  const path = `/marketplace/items/${id}`;
  const reprice = async ({ price }) => {
    await send('PATCH', path, { priceCents: cents(price) });
    return 'Changed.';
  };
  return html`<${Form} quiet label="Change the price" onSend=${reprice}>
      <label>New price in euros <input name="price" type="number" min="0.01" max="1000000" step="0.01" required /></label>
    </${Form}>
    <div class="row"><${Action} quiet label="Do not sell it" run=${() => send('PATCH', path, { status: 'withdrawn' })} /></div>`;
}

function Bid({ id, price }) {
  const least = Math.ceil(price / 2);
  const bid = async ({ amount }) => {
    await send('POST', `/marketplace/items/${id}/offers`, { amountCents: cents(amount) });
    return `You offer ${euros(cents(amount))}.`;
  };
  return html`<${Form} label="Make an offer" onSend=${bid}>
    <label>Euros, from ${euros(least)} to ${euros(price)} <input name="amount" type="number" min=${least / 100} max=${price / 100} step="0.01" required /></label>
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

import { html, useState } from '/app/htm.js';
import { Action, euros, Form, Pager, Problem, time } from '/app/parts.js';
import { send, signInWith, signOut, user } from '/app/server.js';
import { useValue } from '/app/sources.js';

const PER_PAGE = 12;

export const Account = () => (user() ? html`<${Mine} />` : html`<${Guest} />`);

function Guest() {
  const enter = (path) => async (fields) => {
    const { answer } = await send('POST', path, fields);
    await signInWith(answer.token);
  };
  return html`<div class="columns">
    <section aria-labelledby="in"><h2 id="in">Sign in</h2>
      <${Form} label="Sign in" onSend=${enter('/auth/sign-in')}>
        <label>Address <input name="email" type="email" required autocomplete="username" /></label>
        <label>Password <input name="password" type="password" required autocomplete="current-password" /></label>
      </${Form}>
    </section>
    <section aria-labelledby="up"><h2 id="up">Create an account</h2>
      <${Form} label="Sign up" onSend=${enter('/auth/sign-up')}>
        <label>Your name <input name="name" required maxlength="80" autocomplete="name" /></label>
        <label>Your address <input name="email" type="email" required autocomplete="email" /></label>
        <label>A password of 8 characters or more <input name="password" type="password" required minlength="8" maxlength="200" autocomplete="new-password" /></label>
      </${Form}>
    </section>
  </div>`;
}

function Mine() {
  const me = useValue('/me', ['AccountController.me']);
  if (me.problem)
    return html`<${Problem} text=${me.problem} /><div class="row"><${Action} quiet label="Sign out" run=${signOut} /></div>`;
  return html`<section aria-labelledby="you"><h2 id="you">${me.value?.name ?? 'You'}</h2>
    ${me.value && html`<dl><dt>Address</dt><dd>${me.value.email}</dd><dt>Since</dt><dd>${time(me.value.createdAt)}</dd></dl>`}
    <div class="row"><${Action} quiet label="Sign out" run=${signOut} /></div>
  </section>
  <${Selling} /><${Bidding} />
  <section aria-labelledby="change"><h2 id="change">Change your account</h2>
    <${Form} quiet label="Change the name" onSend=${changed('PATCH', '/me', 'The name is changed.')}>
      <label>New name <input name="name" required maxlength="80" autocomplete="name" /></label>
    </${Form}>
    <${Form} quiet label="Change the password" onSend=${changed('POST', '/me/password', 'The password is changed.')}>
      <label>Current password <input name="current" type="password" required autocomplete="current-password" /></label>
      <label>New password <input name="password" type="password" required minlength="8" maxlength="200" autocomplete="new-password" /></label>
    </${Form}>
  </section>`;
}

/** A page of a list of one's own. */
function useOwn(what) {
  const [page, setPage] = useState(1);
  const query = { page, perPage: PER_PAGE };
  const path = `/marketplace/my/${what}?${new URLSearchParams(query)}`;
  const { value, problem } = useValue(path, [`MyMarketController.${what}`, query]);
  const pager = value?.total > PER_PAGE && html`<${Pager} of=${what} ...${value} onPage=${setPage} />`;
  return { value, problem: problem && html`<${Problem} text=${problem} />`, pager };
}

function Selling() {
  const { value, problem, pager } = useOwn('items');
  return html`<section aria-labelledby="items"><h2 id="items">Items that you sell</h2>
    ${problem}
    ${value?.total === 0 && html`<p class="soft">None. <a href="/app/market">Sell one</a>.</p>`}
    <ul class="cards">${value?.items.map(
      (item) => html`<li key=${item.id}><a href=${`/app/market/${item.id}`}>${item.title}</a>
      <p>${euros(item.priceCents)}, ${item.status}. Open offers: ${item.offers.open}.</p></li>`,
    )}</ul>${pager}
  </section>`;
}

function Bidding() {
  const { value, problem, pager } = useOwn('offers');
  return html`<section aria-labelledby="bids"><h2 id="bids">Offers that you made</h2>
    ${problem}
    ${value?.total === 0 && html`<p class="soft">None. <a href="/app/market">Look at the market</a>.</p>`}
    <ul class="cards">${value?.items.map(
      (offer) => html`<li key=${offer.id}><a href=${`/app/market/${offer.item.id}`}>${offer.item.title}</a>
      <p>${euros(offer.amountCents)}, ${offer.status}${offer.status === 'open' ? ` until ${time(offer.expiresAt)}` : ''}.</p>
      ${offer.status === 'open' && html`<${OpenOffer} ...${offer} />`}</li>`,
    )}</ul>${pager}
  </section>`;
}

const OpenOffer = ({ id }) => html`<div class="row">
  <${Action} quiet label="Extend it by a day" run=${() => send('PATCH', `/marketplace/offers/${id}/extend`, { hours: 24 })} />
  <${Action} quiet label="Take it back" run=${() => send('DELETE', `/marketplace/offers/${id}`)} />
</div>`;

const changed = (method, path, said) => async (fields) => {
  await send(method, path, fields);
  return said;
};

import { html } from '/app/htm.js';
import { Action, euros, Form, Pager, Problem, SignIn, time, useAddress } from '/app/parts.js';
import { send, user } from '/app/server.js';
import { useValue } from '/app/sources.js';

const STATUSES = ['open', 'upcoming', 'running', 'finished', 'cancelled'];
const PER_PAGE = 12;
const ALL = html`<p><a href="/app/tournaments">All tournaments</a></p>`;

export function Tournaments() {
  const [{ status, venueId, page }, change] = useAddress({ status: 'open', venueId: '', page: 1 });
  const query = { ...(status && { status }), ...(venueId && { venueId }), page: Number(page), perPage: PER_PAGE };
  const path = `/v1/tournaments?${new URLSearchParams(query)}`;
  const { value, problem } = useValue(path, ['TournamentsController.list', query]);
  const choose = (event) => change({ status: event.target.value, page: 1 });
  return html`<section aria-label="Tournaments">
    ${venueId && html`<p>At <a href=${`/app/venues/${venueId}`}>one venue</a> only. <a href="/app/tournaments">All tournaments</a></p>`}
    <div class="row"><label>Status
      <select value=${status} onChange=${choose}><option value="">all</option>${STATUSES.map((name) => html`<option value=${name}>${name}</option>`)}</select>
    </label></div>
    ${problem && html`<${Problem} text=${problem} />`}
    ${
      value &&
      html`<ul class="cards">${value.items.map(
        (each) => html`<li key=${each.id}>
        <a href=${`/app/tournaments/${each.id}`}>${each.name}</a>
        <p>${each.discipline}, ${time(each.startsAt)}</p>
        <p>${each.venue.name}, ${each.venue.city}. ${each.entries} of ${each.capacity} places taken, ${each.status}.</p>
      </li>`,
      )}</ul>
      ${value.total === 0 && html`<p class="soft">None.</p>`}
      <${Pager} of="tournaments" ...${value} onPage=${(page) => change({ page })} />`
    }
  </section>`;
}

export function Tournament({ id }) {
  const { value, problem, isChanged } = useValue(`/v1/tournaments/${id}`, ['TournamentsController.one', id]);
  const players = useValue(`/v1/tournaments/${id}/entries`, ['EntriesController.list', id]);
  if (problem) return html`<section aria-label="Tournament"><${Problem} text=${problem} />${ALL}</section>`;
  if (!value) return html`<p>Loading</p>`;
  const entries = players.value?.entries ?? [];
  return html`<section aria-labelledby="name">
    ${ALL}
    <h2 id="name" key=${value.name} class=${isChanged ? 'changed' : ''}>${value.name}</h2>
    <dl>
      <dt>Discipline</dt><dd>${value.discipline}</dd>
      <dt>Begins</dt><dd>${time(value.startsAt)}</dd>
      <dt>Venue</dt><dd><a href=${`/app/venues/${value.venue.id}`}>${value.venue.name}</a>, ${value.venue.city}</dd>
      <dt>Status</dt><dd>${value.status}</dd>
      <dt>Places</dt><dd>${value.entries} of ${value.capacity} taken</dd>
      <dt>Fee</dt><dd>${euros(value.entryFeeCents)}</dd>
    </dl>
    ${value.status === 'open' && html`<${Entry} ...${value} entries=${entries} />`}
  </section>
  <section aria-labelledby="players">
    <h2 id="players">${value.status === 'finished' ? 'Results' : 'Players'}</h2>
    ${entries.length === 0 && html`<p class="soft">None yet.</p>`}
    <ol class="plain cards">${entries.map(
      ({ player, place, enteredAt }) => html`<li key=${player.id}>
      ${place ? html`<strong>${place}.</strong> ` : ''}${player.name}<p>entered ${time(enteredAt)}</p></li>`,
    )}</ol>
  </section>
  ${user()?.organiser && html`<${Organise} ...${value} entries=${entries} />`}`;
}

function Entry({ id, capacity, entries }) {
  const me = user();
  const path = `/v1/tournaments/${id}/entries`;
  if (!me) return html`<p class="row"><${SignIn}>Sign in</${SignIn}> to enter.</p>`;
  if (entries.some(({ player }) => player.id === me.id))
    return html`<div class="row"><${Action} quiet label="Withdraw" run=${() => send('DELETE', path)} /></div>`;
  if (entries.length >= capacity) return html`<p class="row soft">All places are taken.</p>`;
  return html`<div class="row"><${Action} label="Enter" run=${() => send('POST', path)} /></div>`;
}

/** What an organiser changes. */
function Organise({ id, status, entries }) {
  const change = async (changes) => {
    await send('PATCH', `/v1/tournaments/${id}`, changes);
    return 'Changed.';
  };
  const finish = async ({ winner }) => {
    await send('POST', `/v1/tournaments/${id}/results`, { places: [winner] });
    return 'Finished.';
  };
  return html`<section aria-labelledby="organise"><h2 id="organise">Organise</h2>
    <${Form} quiet label="Rename" onSend=${change}>
      <label>New name <input name="name" required maxlength="120" autocomplete="off" /></label>
    </${Form}>
    <${Form} quiet label="Change the status" onSend=${change}>
      <label>New status <select name="status">${STATUSES.filter((name) => name !== status && name !== 'finished').map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
    </${Form}>
    ${
      status === 'running' &&
      html`<${Form} quiet label="Finish" onSend=${finish}>
      <label>Winner <select name="winner" required>${entries.map(({ player }) => html`<option value=${player.id}>${player.name}</option>`)}</select></label>
    </${Form}>`
    }
  </section>`;
}

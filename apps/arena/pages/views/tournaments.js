import { html, useState } from '/app/htm.js';
import { Action, euros, Form, Pager, Problem, time, useValue } from '/app/parts.js';
import { send, user } from '/app/server.js';

const STATUSES = ['open', 'upcoming', 'running', 'finished', 'cancelled'];
const PER_PAGE = 12;
const ALL = html`<p><a href="/app/tournaments">All tournaments</a></p>`;

export function Tournaments() {
  const [status, setStatus] = useState('open');
  const [page, setPage] = useState(1);
  const query = { ...(status && { status }), page, perPage: PER_PAGE };
  const path = `/v1/tournaments?${new URLSearchParams(query)}`;
  const { value, problem } = useValue(path, ['TournamentsController.list', query]);
  const choose = (event) => {
    setStatus(event.target.value);
    setPage(1);
  };
  return html`<section aria-label="Tournaments">
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
      <${Pager} ...${value} onPage=${setPage} />`
    }
  </section>`;
}

export function Tournament({ id }) {
  const { value, problem, isChanged } = useValue(`/v1/tournaments/${id}`, ['TournamentsController.one', id]);
  const players = useValue(`/v1/tournaments/${id}/entries`, ['EntriesController.list', id]);
  if (problem) return html`<section aria-label="Tournament"><${Problem} text=${problem} />${ALL}</section>`;
  if (!value) return html`<p>Loading</p>`;
  const entries = players.value?.entries ?? [];
  const me = user();
  const hasEntered = entries.some(({ player }) => player.id === me?.id);
  return html`<section aria-labelledby="name">
    ${ALL}
    <h2 id="name" key=${value.name} class=${isChanged ? 'changed' : ''}>${value.name}</h2>
    <dl>
      <dt>Discipline</dt><dd>${value.discipline}</dd>
      <dt>Begins</dt><dd>${time(value.startsAt)}</dd>
      <dt>Venue</dt><dd>${value.venue.name}, ${value.venue.city}</dd>
      <dt>Status</dt><dd>${value.status}</dd>
      <dt>Places</dt><dd>${value.entries} of ${value.capacity} taken</dd>
      <dt>Fee</dt><dd>${euros(value.entryFeeCents)}</dd>
    </dl>
    <div class="row">
      ${value.status === 'open' && me && !hasEntered && html`<${Action} label="Enter" run=${() => send('POST', `/v1/tournaments/${id}/entries`)} />`}
      ${value.status === 'open' && me && hasEntered && html`<${Action} quiet label="Withdraw" run=${() => send('DELETE', `/v1/tournaments/${id}/entries`)} />`}
      ${!me && html`<p><a href="/app/account">Sign in</a> to enter.</p>`}
    </div>
    ${me?.organiser && html`<${Rename} id=${id} />`}
  </section>
  <section aria-labelledby="players">
    <h2 id="players">${value.status === 'finished' ? 'Results' : 'Players'}</h2>
    ${entries.length === 0 && html`<p class="soft">None yet.</p>`}
    <ol class="plain cards">${entries.map(
      ({ player, place, enteredAt }) => html`<li key=${player.id}>
      ${place ? html`<strong>${place}.</strong> ` : ''}${player.name}<p>entered ${time(enteredAt)}</p></li>`,
    )}</ol>
  </section>`;
}

function Rename({ id }) {
  const rename = async ({ name }) => {
    await send('PATCH', `/v1/tournaments/${id}`, { name });
    return 'done';
  };
  return html`<${Form} quiet label="Rename" onSend=${rename}>
    <label>New name <input name="name" required maxlength="120" autocomplete="off" /></label>
  </${Form}>`;
}

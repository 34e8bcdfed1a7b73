import { html } from '/app/htm.js';
import { Problem, time } from '/app/parts.js';
import { useValue } from '/app/sources.js';

const ALL = html`<p><a href="/app/venues">All venues</a></p>`;

export function Venues() {
  const { value, problem } = useValue('/v1/venues', ['VenuesController.list']);
  if (problem) return html`<${Problem} text=${problem} />`;
  if (!value) return html`<p>Loading</p>`;
  return html`<section aria-label="Venues">
    <ul class="cards">${value.venues.map(
      ({ id, name, city, tables }) => html`<li key=${id}>
      <a href=${`/app/venues/${id}`}>${name}</a><p>${city}, ${tables} tables</p></li>`,
    )}</ul>
    ${value.venues.length === 0 && html`<p class="soft">None yet.</p>`}
  </section>`;
}

export function Venue({ id }) {
  const { value, problem } = useValue(`/v1/venues/${id}`, ['VenuesController.one', id]);
  if (problem) return html`<section aria-label="Venue"><${Problem} text=${problem} />${ALL}</section>`;
  if (!value) return html`<p>Loading</p>`;
  return html`<section aria-labelledby="venue">
    ${ALL}
    <h2 id="venue">${value.name}</h2>
    <dl><dt>City</dt><dd>${value.city}</dd><dt>Tables</dt><dd>${value.tables}</dd></dl>
  </section>
  <section aria-labelledby="next">
    <h2 id="next">Next tournaments</h2>
    ${value.tournaments.length === 0 && html`<p class="soft">None is planned.</p>`}
    <ul class="cards">${value.tournaments.map(
      (each) => html`<li key=${each.id}>
      <a href=${`/app/tournaments/${each.id}`}>${each.name}</a>
      <p>${each.discipline}, ${time(each.startsAt)}, ${each.status}</p></li>`,
    )}</ul>
    <p class="row"><a href=${`/app/tournaments?venueId=${id}&status=`}>All tournaments at this venue</a></p>
  </section>`;
}

import { html, useState } from '/app/htm.js';
import { Action, ForUsers, Pager, Problem, time } from '/app/parts.js';
import { send, user } from '/app/server.js';
import { useValue } from '/app/sources.js';

export const Releases = () =>
  html`<${ForUsers}>${user() && html`<${Deployments} />${user().staff && html`<${Products} />`}`}</${ForUsers}>`;

function Deployments() {
  const [page, setPage] = useState(1);
  const [chosen, choose] = useState();
  const { value, problem } = useValue(`/v1/deployments?page=${page}&perPage=8`);
  if (problem) return html`<${Problem} text=${problem} />`;
  if (!value) return html`<p>Loading</p>`;
  return html`<section aria-labelledby="deployments"><h2 id="deployments">Deployments</h2>
    ${value.total === 0 && html`<p class="soft">None that you may see: the demo players belong to branches.</p>`}
    <ul class="cards">${value.items.map(
      ({ id, product, customer, tenant, stage, version }) => html`<li key=${id}>
      <strong>${product.name} ${version}</strong><p>${customer.name}, ${tenant.name}, ${stage}</p>
      <button type="button" class="quiet" onClick=${() => choose(id)}>Updates of deployment ${id}</button></li>`,
    )}</ul>
    <${Pager} of="deployments" ...${value} onPage=${setPage} />
  </section>
  ${chosen && html`<${Updates} id=${chosen} />`}`;
}

function Updates({ id }) {
  const { value, problem, again } = useValue(`/v1/deployments/${id}/pending-updates`);
  if (problem) return html`<${Problem} text=${problem} />`;
  if (!value) return html`<p>Loading</p>`;
  return html`<section aria-labelledby="updates"><h2 id="updates">Updates of deployment ${id}</h2>
    <div class="row"><button type="button" class="quiet" onClick=${again}>Look again</button></div>
    ${value.updates.length === 0 && html`<p class="soft">It runs the newest version.</p>`}
    <ul class="cards">${value.updates.slice(0, 12).map(
      ({ version, notes, security, releasedAt }) => html`<li key=${version}>
      <strong>${version}</strong>${security ? ' (security)' : ''}<p>${notes}</p><p>released ${time(releasedAt)}</p></li>`,
    )}</ul></section>`;
}

function Products() {
  const [product, choose] = useState('1');
  const products = useValue('/v1/products');
  const versions = useValue(`/v1/products/${product}/versions`);
  const release = (version) => async () => {
    await send('POST', `/v1/products/${product}/versions/${version}/release`);
    versions.again();
  };
  return html`<section aria-labelledby="products"><h2 id="products">Release a version</h2>
    <div class="row"><label>Product <select value=${product} onChange=${(event) => choose(event.target.value)}>
      ${products.value?.products.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}</select></label></div>
    <ul class="cards">${versions.value?.versions.slice(0, 8).map(
      ({ version, notes, releasedAt }) => html`<li key=${version}>
      <strong>${version}</strong><p>${notes}</p>
      ${releasedAt ? html`<p>released ${time(releasedAt)}</p>` : html`<${Action} label=${`Release ${version}`} run=${release(version)} />`}</li>`,
    )}</ul></section>`;
}

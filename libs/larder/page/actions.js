import { html } from 'htm/preact';
import { Problem, Table, usePolled } from './parts.js';
import { get } from './server.js';
import { day } from './text.js';

export function Actions() {
  const [{ result, problem }] = usePolled(() => get('actions'), 5000);
  return html`
    <${Problem} text=${problem} />
    ${
      result &&
      html`
      <${Table}
        label="Actions"
        empty="No user has done anything yet."
        columns=${[['When'], ['Who'], ['What'], ['On']]}
        rows=${result.map(({ at, by, what, node }) => ({ key: `${at} ${node} ${what}`, cells: [day(at), by, what, node] }))}
      />
    `
    }
  `;
}

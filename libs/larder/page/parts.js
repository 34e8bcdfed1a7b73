import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Runs a request and keeps its result, its failure, and whether it runs. */
export function useRequest() {
  const [state, setState] = useState({ isBusy: false });
  const run = async (work) => {
    setState((before) => ({ ...before, isBusy: true, problem: undefined }));
    try {
      setState({ isBusy: false, result: await work() });
    } catch (error) {
      setState((before) => ({ ...before, isBusy: false, problem: error.message }));
    }
  };
  return [state, run];
}

/** Reads again every so many milliseconds while the section is shown. */
export function usePolled(read, interval, dependencies = []) {
  const [state, run] = useRequest();
  useEffect(() => {
    const again = () => void run(read);
    again();
    const timer = setInterval(again, interval);
    return () => clearInterval(timer);
  }, dependencies);
  return [state, () => run(read)];
}

export const Problem = ({ text }) => text && html`<p class="problem" role="alert">${text}</p>`;

/** A table that scrolls by itself on a narrow screen. `columns`: [title, isNumber]. */
export function Table({ label, columns, rows, empty = 'Nothing yet.' }) {
  if (rows.length === 0) return html`<p class="quiet">${empty}</p>`;
  return html`
    <div class="scroll" role="region" aria-label=${label} tabindex="0">
      <table>
        <thead>
          <tr>${columns.map(([title, isNumber]) => html`<th scope="col" class=${isNumber ? 'number' : ''}>${title}</th>`)}</tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ key, cells }) => html`
              <tr key=${key}>
                ${cells.map((cell, place) =>
                  place === 0
                    ? html`<th scope="row">${cell}</th>`
                    : html`<td class=${columns[place][1] ? 'number' : ''}>${cell}</td>`,
                )}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

export const Figures = ({ all }) => html`
  <dl class="figures">
    ${all.map(
      ([name, value, note]) => html`
        <div key=${name}>
          <dt>${name}</dt>
          <dd>${value}${note && html` <small>${note}</small>`}</dd>
        </div>
      `,
    )}
  </dl>
`;

/** Asks before an action. `onDone` gets whether it is confirmed. */
export function Confirm({ title, children, action, isReady = true, onDone }) {
  const dialog = useRef();
  useEffect(() => dialog.current.showModal(), []);
  const end = (isConfirmed) => {
    dialog.current.close();
    onDone(isConfirmed);
  };
  const submit = (event) => {
    event.preventDefault();
    if (isReady) end(true);
  };
  const cancel = (event) => {
    event.preventDefault();
    end(false);
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="question" onCancel=${cancel}>
      <form onSubmit=${submit}>
        <h2 id="question">${title}</h2>
        ${children}
        <p class="buttons">
          <button type="button" onClick=${cancel}>Cancel</button>
          <button class="danger" disabled=${!isReady}>${action}</button>
        </p>
      </form>
    </dialog>
  `;
}

/** A small line without axes. The numbers stand beside it. */
export function Sparkline({ values }) {
  const most = Math.max(1, ...values);
  const points = values.map((value, place) => `${place * 2},${19 - (value / most) * 18}`).join(' ');
  return html`
    <svg class="spark" viewBox="0 0 118 20" aria-hidden="true"><polyline points=${points} /></svg>
  `;
}

import { html, useEffect, useState } from '/app/htm.js';
import { liveClient, onConnection, send, user } from '/app/server.js';

export const time = (instant) => new Date(instant).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
export const euros = (cents) => `${(cents / 100).toFixed(2)} €`;

/** Shows what a page could not do, where screen readers announce it. */
export const Problem = ({ text }) => html`<p class="problem" role="alert">${text}</p>`;

/** Tells while the connection is lost: the page may be old until it is back. */
export function Connection() {
  const [isLost, setLost] = useState(false);
  useEffect(() => onConnection(setLost), []);
  return html`<p class="lost" role="status">${isLost && 'Connection lost: this page may be old. Trying again…'}</p>`;
}

/** @returns the problem of the last action, and a function that runs one */
export function useAction() {
  const [problem, setProblem] = useState('');
  const run = async (work) => {
    setProblem('');
    try {
      return await work();
    } catch (error) {
      setProblem(error.message);
    }
  };
  return [problem, run];
}

/** A form whose fields become the body of an action. */
export function Form({ label, onSend, children, quiet }) {
  const [problem, run] = useAction();
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = Object.fromEntries(new FormData(form));
    if ((await run(() => onSend(fields))) === 'done') form.reset();
  };
  return html`<form onSubmit=${submit}>${children}<button class=${quiet ? 'quiet' : ''}>${label}</button>
    ${problem && html`<${Problem} text=${problem} />`}</form>`;
}

/** A button that runs an action. */
export function Action({ label, run: work, quiet }) {
  const [problem, run] = useAction();
  return html`<button type="button" class=${quiet ? 'quiet' : ''} onClick=${() => run(work)}>${label}</button>
    ${problem && html`<${Problem} text=${problem} />`}`;
}

/** How each value of this page was read: shown by {@link Sources}. */
const sources = new Map();
let shown = () => {};

function note(path, event) {
  const source = sources.get(path) ?? { path, events: [] };
  sources.set(path, { ...source, ...event, events: [{ at: new Date(), ...event }, ...source.events].slice(0, 8) });
  shown();
}

async function read(path) {
  const { answer, headers } = await send('GET', path);
  const { answer: about } = await send('GET', `/app/entry?path=${encodeURIComponent(path)}`);
  note(path, { what: 'read', status: headers.get('Cache-Status'), age: headers.get('Age'), facts: about.entry });
  return answer;
}

/**
 * A value of the server. With a live query it is followed: each invalidation brings the new value by itself.
 *
 * @param query name and arguments of the live query that has the same value; none for a value that is read once
 */
export function useValue(path, query) {
  const [state, setState] = useState({});
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    let isCurrent = true;
    const failed = ({ message }) => isCurrent && setState((before) => ({ ...before, problem: message }));
    read(path).then((value) => isCurrent && setState({ value }), failed);
    if (query === undefined) return () => (isCurrent = false);
    const [name, ...args] = query;
    let isFirst = true;
    const stop = liveClient().values(
      name,
      args,
      (value) => {
        // The first value is the one that was just read.
        const isChanged = !isFirst;
        isFirst = false;
        if (isChanged) note(path, { what: 'pushed' });
        if (isCurrent) setState({ value, isChanged });
      },
      // In production live queries are off until they are switched on: the page then stays as it was read.
      (refusal) => (refusal.code === 'off' ? note(path, { what: 'unfollowed' }) : failed(refusal)),
    );
    return () => {
      isCurrent = false;
      stop();
    };
  }, [path, version]);
  return { ...state, again: () => setVersion((before) => before + 1) };
}

/** What of this page came from which tier, how old it was, and what it depends on. */
export function Sources() {
  const [, redraw] = useState(0);
  useEffect(() => {
    shown = () => redraw((before) => before + 1);
  }, []);
  return html`<details class="source"><summary>Where this page came from</summary>
    <p>Read again to see a hit. Change something, here, in another browser or by SQL, to see its invalidation.</p>
    <ul>${[...sources.values()].map((source) => html`<${Source} key=${source.path} ...${source} />`)}</ul>
  </details>`;
}

const clock = (date) => date.toLocaleTimeString('en-GB');

function Source({ path, status, age, facts, events }) {
  return html`<li>
    <p><code>${path}</code></p>
    <div class="row"><button type="button" class="quiet" onClick=${() => read(path)}>Read again</button></div>
    <dl>
      <dt>Answered by</dt><dd>${told(status, facts)}</dd>
      ${age !== null && age !== undefined && html`<dt>Age</dt><dd>${age} s</dd>`}
      ${
        facts &&
        html`<dt>Entry</dt><dd>${facts.tier}, ${facts.size} bytes, served ${facts.hits} times, loaded in ${Math.round(facts.loadCost)} ms</dd>
      <dt>State</dt><dd>${facts.reason}</dd>
      ${rowsOf(facts).length > 0 && html`<dt>Was read from</dt><dd><ol class="plain">${rowsOf(facts).map((text) => html`<li><code>${text}</code></li>`)}</ol></dd>`}
      <dt>Depends on</dt><dd>${[...facts.keys, ...facts.tags.map((name) => `tag ${name}`)].slice(0, 12).map((name) => html`<code>${name}</code> `)}${facts.tags.length > 10 ? '…' : ''}</dd>`
      }
      <dt>History</dt><dd><ol class="plain">${events.map((event) => html`<li>${clock(event.at)} ${happened(event)}</li>`)}</ol></dd>
    </dl>
  </li>`;
}

/** The rows that an entry was read from, each with its query. */
const rowsOf = ({ dependencies }) => dependencies.filter((text) => !text.startsWith('unknown rows')).slice(0, 12);

function happened({ what, status }) {
  if (what === 'pushed') return 'invalidated: the new value came by itself';
  return what === 'unfollowed' ? 'not followed: LARDER_LIVE_QUERIES is off' : told(status);
}

function told(status, facts) {
  if (!status) return 'the handler: this route is not cached';
  if (status.includes('hit')) return `the cache (hit${facts ? `, in ${facts.tier}` : ''}): ${status}`;
  return `the database (miss): ${status}`;
}

/** Asks a guest to sign in. */
export const ForUsers = ({ children }) =>
  user() ? children : html`<p><a href="/app/account">Sign in or create an account</a> to see this page.</p>`;

export function Pager({ page, perPage, total, onPage }) {
  const last = Math.max(1, Math.ceil(total / perPage));
  return html`<nav class="row pager" aria-label="Pages">
    <button type="button" class="quiet" disabled=${page <= 1} onClick=${() => onPage(page - 1)}>Previous</button>
    <span>Page ${page} of ${last}</span>
    <button type="button" class="quiet" disabled=${page >= last} onClick=${() => onPage(page + 1)}>Next</button>
  </nav>`;
}

import { html, useEffect, useState } from '/app/htm.js';
import { liveClient, send } from '/app/server.js';

const MAX_EVENTS = 8;
const MAX_DEPENDENCIES = 12;

/** How each value of this page was read: shown by {@link Sources}. */
const sources = new Map();
let shown = () => {};

/** Notes for {@link Sources} what happened to a value. */
export function note(path, event) {
  const source = sources.get(path) ?? { path, events: [] };
  const events = [{ at: new Date(), ...event }, ...source.events].slice(0, MAX_EVENTS);
  sources.set(path, { ...source, ...event, events });
  shown();
}

/** Reads a value, and notes where it came from. */
export async function read(path) {
  const { answer, headers } = await send('GET', path);
  const { answer: about } = await send('GET', `/app/entry?path=${encodeURIComponent(path)}`);
  note(path, { what: 'read', status: headers.get('Cache-Status'), facts: about.entry });
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
    let isPushed = false;
    let known;
    const failed = ({ message }) => isCurrent && setState((before) => ({ ...before, problem: message }));
    read(path).then((value) => {
      // A value that was pushed meanwhile is at least as new.
      if (!isCurrent || isPushed) return;
      known = JSON.stringify(value);
      setState({ value });
    }, failed);
    if (query === undefined) return () => (isCurrent = false);
    const [name, ...args] = query;
    const stop = liveClient().values(
      name,
      args,
      (value) => {
        // The first value is mostly the one that was just read.
        const isChanged = known !== undefined && JSON.stringify(value) !== known;
        known = JSON.stringify(value);
        isPushed = true;
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
    shown();
  }, []);
  return html`<details class="source"><summary>Where this page came from</summary>
    <p>Read again to see a hit. Change something, here, in another browser or by SQL, to see its invalidation.</p>
    ${sources.size === 0 && html`<p class="soft">This page has read nothing.</p>`}
    <ul>${[...sources.values()].map((source) => html`<${Source} key=${source.path} ...${source} />`)}</ul>
  </details>`;
}

const clock = (date) => date.toLocaleTimeString('en-GB');
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

function Source({ path, status, facts, events }) {
  return html`<li>
    <p><code>${path}</code></p>
    <div class="row"><button type="button" class="quiet" onClick=${() => read(path).catch(({ message }) => note(path, { what: 'failed', message }))}>Read again</button></div>
    <dl>
      <dt>Answered by</dt><dd>${told(status, facts)}</dd>
      ${facts && html`<${Facts} ...${facts} />`}
      <dt>History</dt><dd><ol class="plain">${events.map((event) => html`<li>${clock(event.at)} ${happened(event)}</li>`)}</ol></dd>
    </dl>
  </li>`;
}

function Facts({ tier, size, hits, loadCost, age, ttl, reason, keys, tags, dependencies }) {
  // The rows that the entry was read from, each with its query.
  const rows = dependencies.filter((text) => !text.startsWith('unknown rows')).slice(0, MAX_DEPENDENCIES);
  const names = [...keys, ...tags.map((name) => `tag ${name}`)];
  return html`<dt>Entry</dt><dd>${tier}, ${size} bytes, served ${hits} times, loaded in ${Math.round(loadCost)} ms</dd>
    <dt>Age</dt><dd>${seconds(age)}; it expires in ${seconds(ttl)}</dd>
    <dt>State</dt><dd>${reason}</dd>
    ${rows.length > 0 && html`<dt>Was read from</dt><dd><ol class="plain">${rows.map((text) => html`<li><code>${text}</code></li>`)}</ol></dd>`}
    <dt>Depends on</dt><dd>${names.slice(0, MAX_DEPENDENCIES).map((name) => html`<code>${name}</code> `)}${names.length > MAX_DEPENDENCIES ? '…' : ''}</dd>`;
}

function happened({ what, status, facts, message }) {
  if (what === 'pushed') return 'invalidated: the new value came by itself';
  if (what === 'failed') return `not read: ${message}`;
  return what === 'unfollowed' ? 'not followed: LARDER_LIVE_QUERIES is off' : told(status, facts);
}

function told(status, facts) {
  if (!status && facts) return `the handler, which reads an entry in ${facts.tier}`;
  if (!status) return 'the handler: this route is not cached';
  if (status.includes('hit')) return `the cache (hit${facts ? `, in ${facts.tier}` : ''}): ${status}`;
  return `the database (miss): ${status}`;
}

import { html, useEffect, useRef, useState } from '/app/htm.js';
import { onConnection, onEvent, user } from '/app/server.js';

export const time = (instant) => new Date(instant).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
export const euros = (cents) => `${(cents / 100).toFixed(2)} €`;
export const cents = (amount) => Math.round(Number(amount) * 100);

/** Shows what a page could not do, where screen readers announce it. */
export const Problem = ({ text }) => html`<p class="problem" role="alert">${text}</p>`;

/** Tells while the connection is lost: the page may be old until it is back. */
export function Connection() {
  const [isLost, setLost] = useState(false);
  useEffect(() => onConnection(setLost), []);
  return html`<p class="lost" role="status">${isLost && 'Connection lost: this page may be old. Trying again…'}</p>`;
}

/** The latest notification that arrived while the page was open. */
export function News() {
  const [news, setNews] = useState('');
  useEffect(() => {
    if (!user()) return;
    return onEvent('notification', ({ notification }) => setNews(`${notification.title}: ${notification.body}`));
  }, []);
  return html`<p class="news" role="status">${news && html`<span>${news}</span> <a href="/app/notifications">All notifications</a>`}</p>`;
}

/** @returns the problem of the last action, whether one runs, and a function that runs one, but never two at the same time */
export function useAction() {
  const [{ problem = '', isRunning = false }, setState] = useState({});
  // A second click comes before the page has been drawn again.
  const running = useRef(false);
  const run = async (work) => {
    if (running.current) return;
    running.current = true;
    setState({ isRunning: true });
    let failure = '';
    try {
      return await work();
    } catch (error) {
      failure = error.message;
    } finally {
      running.current = false;
      setState({ problem: failure });
    }
  };
  return [problem, isRunning, run];
}

/** A form whose fields become the body of an action. If the action says what it has done, the form shows it and is empty again. */
export function Form({ label, onSend, children, quiet }) {
  const [problem, isRunning, run] = useAction();
  const [done, setDone] = useState('');
  const submit = async (event) => {
    event.preventDefault();
    setDone('');
    const form = event.target;
    const fields = Object.fromEntries(new FormData(form));
    const said = await run(() => onSend(fields));
    if (typeof said !== 'string') return;
    form.reset();
    setDone(said);
  };
  return html`<form onSubmit=${submit}>${children}<button class=${quiet ? 'quiet' : ''} aria-disabled=${isRunning}>${label}</button>
    <p class="done" role="status">${done}</p>
    ${problem && html`<${Problem} text=${problem} />`}</form>`;
}

/** A button that runs an action. */
export function Action({ label, run: work, quiet }) {
  const [problem, isRunning, run] = useAction();
  return html`<button type="button" class=${quiet ? 'quiet' : ''} aria-disabled=${isRunning} onClick=${() => run(work)}>${label}</button>
    ${problem && html`<${Problem} text=${problem} />`}`;
}

/** A link to the page where a guest signs in, from which they come back. */
export const SignIn = ({ children }) =>
  html`<a href=${`/app/account?from=${encodeURIComponent(location.pathname + location.search)}`}>${children}</a>`;

/** Asks a guest to sign in. */
export const ForUsers = ({ children }) =>
  user() ? children : html`<p><${SignIn}>Sign in or create an account</${SignIn}> to see this page.</p>`;

/** State that the address of the page holds: a reload, and the way back to the page, find it again. */
export function useAddress(defaults) {
  const [state, setState] = useState(() => {
    const given = [...new URLSearchParams(location.search)].filter(([name]) => name in defaults);
    return { ...defaults, ...Object.fromEntries(given) };
  });
  const change = (changes) => {
    const next = { ...state, ...changes };
    const query = new URLSearchParams(
      Object.entries(next).filter(([name, value]) => `${value}` !== `${defaults[name]}`),
    );
    history.replaceState(null, '', query.size > 0 ? `?${query}` : location.pathname);
    setState(next);
  };
  return [state, change];
}

export function Pager({ of, page, perPage, total, onPage }) {
  const last = Math.max(1, Math.ceil(total / perPage));
  return html`<nav class="row pager" aria-label=${`Pages of ${of}`}>
    <button type="button" class="quiet" disabled=${page <= 1} onClick=${() => onPage(page - 1)}>Previous</button>
    <span>Page ${page} of ${last}</span>
    <button type="button" class="quiet" disabled=${page >= last} onClick=${() => onPage(page + 1)}>Next</button>
  </nav>`;
}

import './page.css';
import { html } from 'htm/preact';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Actions } from './actions.js';
import { Explain } from './explain.js';
import { Keys } from './keys.js';
import { Methods } from './methods.js';
import { Overview } from './overview.js';
import { get, post } from './server.js';
import { SignIn } from './sign-in.js';
import { applyTheme, nextTheme, storedTheme } from './theme.js';
import { Work } from './work.js';

const SECTIONS = [
  ['overview', 'Overview', Overview],
  ['methods', 'Methods', Methods],
  ['explain', 'Explain a key', Explain],
  ['keys', 'Keys', Keys],
  ['work', 'Jobs, feed, sockets', Work],
  ['actions', 'Actions', Actions],
];

function sectionInHash() {
  const [name, ...rest] = location.hash.slice(1).split('/');
  const known = SECTIONS.some(([each]) => each === name) ? name : 'overview';
  return { name: known, given: decodeURIComponent(rest.join('/')) };
}

function App() {
  const [user, setUser] = useState();
  const [refusal, setRefusal] = useState();
  const [theme, setTheme] = useState(storedTheme());
  const who = () => get('user').then(setUser, setRefusal);
  useEffect(() => void who(), []);
  useEffect(() => applyTheme(theme), [theme]);
  if (user !== undefined)
    return html`<${Dashboard} ...${{ user, theme, onTheme: () => setTheme(nextTheme(theme)) }} />`;
  if (refusal === undefined) return html`<p class="lone">Loading…</p>`;
  if (refusal.hasToken) return html`<${SignIn} onDone=${who} />`;
  return html`<main class="lone"><h1>Larder</h1><p class="problem" role="alert">${refusal.message}</p></main>`;
}

function Dashboard({ user, theme, onTheme }) {
  const [{ name, given }, setSection] = useState(sectionInHash());
  const [live, setLive] = useState({});
  useEffect(() => {
    const move = () => setSection(sectionInHash());
    addEventListener('hashchange', move);
    const source = new EventSource('api/live');
    source.onmessage = ({ data }) => setLive({ figures: JSON.parse(data) });
    source.onerror = () =>
      setLive((before) => ({
        ...before,
        problem: 'The process does not answer; these figures are old. Trying again…',
      }));
    return () => {
      removeEventListener('hashchange', move);
      source.close();
    };
  }, []);
  const [, title, Section] = SECTIONS.find(([each]) => each === name);
  useEffect(() => {
    document.title = `${title} – Larder`;
  }, [title]);
  const explain = (key) => location.assign(`#explain/${encodeURIComponent(key)}`);
  const signOut = () => post('sign-out').then(() => location.reload());
  return html`
    <a class="skip" href="#content" onClick=${(event) => {
      event.preventDefault();
      document.querySelector('main').focus();
    }}>Skip to the content</a>
    <header>
      <p class="brand">Larder</p>
      <nav aria-label="Sections">
        <ul>
          ${SECTIONS.map(
            ([each, text]) => html`
              <li key=${each}><a href=${`#${each}`} aria-current=${each === name ? 'page' : undefined}>${text}</a></li>
            `,
          )}
        </ul>
      </nav>
      <p class="user">
        <button class="small" onClick=${onTheme} aria-label=${`${theme} theme, change it`}>${theme} theme</button>
        ${user.isSession && html`<button class="small" onClick=${signOut}>Sign out ${user.name}</button>`}
      </p>
    </header>
    <main id="content" tabindex="-1">
      <h1>${title}</h1>
      <${Section} key=${name} ...${{ ...live, theme, given, onExplain: explain }} />
    </main>
  `;
}

render(html`<${App} />`, document.querySelector('#root'));

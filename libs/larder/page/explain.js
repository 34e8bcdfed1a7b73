import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { Figures, Problem, Table, useRequest } from './parts.js';
import { get } from './server.js';
import { clock, count, size, time } from './text.js';

/** @param given a key from another section */
export function Explain({ given }) {
  const [key, setKey] = useState(given ?? '');
  const [{ result, problem, isBusy }, run] = useRequest();
  const ask = (text) => run(() => get('explain', { key: text }));
  useEffect(() => {
    if (!given) return;
    setKey(given);
    void ask(given);
  }, [given]);
  const submit = (event) => {
    event.preventDefault();
    void ask(key);
  };
  return html`
    <form class="line" onSubmit=${submit}>
      <label for="key">Key or URL</label>
      <input id="key" value=${key} onInput=${({ target }) => setKey(target.value)} required maxlength="1000" autocomplete="off" spellcheck=${false} placeholder=${'venues:7, ["venues",7] or /v1/venues/7'} />
      <button disabled=${isBusy}>Explain</button>
    </form>
    <${Problem} text=${problem} />
    <div aria-live="polite">${result && html`<${Answer} ...${result} />`}</div>
  `;
}

function Answer({ explanation, routes }) {
  return html`
    ${routes.map(
      ({ method, problem }) => html`<p class="quiet">The URL leads to ${method}.${problem && html` ${problem}`}</p>`,
    )}
    ${explanation === null && routes.length === 0 && html`<p>No cached route has this URL.</p>`}
    ${explanation !== null && html`<${Explanation} ...${explanation} />`}
  `;
}

function Explanation({ path, entry, shared, sentence, next, causes, invalidations }) {
  return html`
    <article class=${`verdict ${entry?.verdict ?? 'absent'}`}>
      <h2><code>${path}</code></h2>
      <p class="sentence">${sentence}</p>
      <p>${next}</p>
    </article>
    ${entry && html`<${EntryFigures} entry=${entry} />`}
    ${shared && html`<h3>Also in Redis</h3><p>${shared.reason} ${time(shared.age)} old.</p>`}
    ${
      causes.length > 0 &&
      html`
      <h3>Invalidated since its load began</h3>
      <${Table}
        label="Invalidated dependencies"
        columns=${[['Dependency'], ['When', true], ['By'], ['On']]}
        rows=${causes.map(({ name, ago, by, node }) => ({ key: name, cells: [name, `${time(ago)} ago`, by ?? '–', node ?? '–'] }))}
      />
    `
    }
    <h3>Last invalidations</h3>
    <${Table}
      label="Last invalidations of all processes"
      empty="No process remembers one."
      columns=${[['At'], ['Target'], ['By'], ['On']]}
      rows=${invalidations.map(({ at, targets, by, node }) => ({ key: `${at} ${node}`, cells: [clock(at), targets.join(', ') || '–', by, node] }))}
    />
  `;
}

function EntryFigures({ entry }) {
  const dependencies = [
    ...entry.id.split(':').map((_, place, all) => `key ${all.slice(0, place + 1).join(':')}`),
    ...entry.tags.map((tag) => `tag ${tag}`),
  ];
  return html`
    <${Figures}
      all=${[
        ['Where', entry.tier === 'memory' ? 'memory of this process' : 'Redis'],
        ['Age', time(entry.age)],
        ['Expires', entry.ttl === null ? 'never' : entry.ttl > 0 ? `in ${time(entry.ttl)}` : 'expired'],
        ['Loaded by', entry.method ?? (entry.tier === 'redis' ? 'a process' : 'a call of the cache')],
        ['Load took', entry.loadCost > 0 ? time(entry.loadCost) : '–'],
        ['Size', size(entry.size)],
        ['Served', entry.tier === 'memory' ? `${count(entry.hits)} times` : '–'],
      ]}
    />
    <h3>Depends on</h3>
    <ul class="tags">
      ${dependencies.map((name) => html`<li key=${name}><code>${name}</code></li>`)}
      ${(entry.dependencies ?? []).map((one) => html`<li><code>${typeof one === 'string' ? one : one.text}</code>${one.query && html` <small>${one.query}</small>`}</li>`)}
    </ul>
  `;
}

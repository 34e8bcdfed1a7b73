import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { Confirm, Problem, Table, useRequest } from './parts.js';
import { get, post } from './server.js';
import { count, plural, size, time } from './text.js';

const ORDERS = [
  ['hottest', 'Hottest'],
  ['largest', 'Largest'],
  ['newest', 'Newest'],
  ['key', 'By key'],
];

export function Keys({ onExplain }) {
  const [prefix, setPrefix] = useState('');
  const [order, setOrder] = useState('hottest');
  const [tier, setTier] = useState('memory');
  const [{ result, problem }, run] = useRequest();
  const [asked, setAsked] = useState();
  const [said, setSaid] = useState('');
  const read = () => run(() => get('entries', { prefix, order, in: tier }));
  useEffect(() => void read(), [order, tier]);
  const submit = (event) => {
    event.preventDefault();
    void read();
  };
  const done = (sentence) => {
    setAsked(undefined);
    if (sentence === undefined) return;
    setSaid(sentence);
    void read();
  };
  return html`
    <form class="line" onSubmit=${submit}>
      <label for="prefix">Prefix</label>
      <input id="prefix" value=${prefix} onInput=${({ target }) => setPrefix(target.value)} maxlength="1000" autocomplete="off" spellcheck=${false} placeholder="venues" />
      <label for="tier">In</label>
      <select id="tier" value=${tier} onChange=${({ target }) => setTier(target.value)}>
        <option value="memory">memory of this process</option>
        <option value="redis">Redis</option>
      </select>
      <label for="order">Order</label>
      <select id="order" value=${order} onChange=${({ target }) => setOrder(target.value)}>
        ${ORDERS.map(([value, name]) => html`<option value=${value}>${name}</option>`)}
      </select>
      <button>Show</button>
    </form>
    <${Problem} text=${problem} />
    <p role="status" class="said">${said}</p>
    ${result && html`<${Entries} list=${result} onExplain=${onExplain} onInvalidate=${(id) => setAsked({ targets: [id] })} />`}
    <h2>Invalidate</h2>
    <${InvalidateForm} onAsk=${setAsked} />
    <h2>Emergency clear</h2>
    <p>Every process forgets everything, and loads it again. Two steps: request a token, then confirm it within a minute.</p>
    <${Clear} onDone=${done} />
    ${asked && html`<${Invalidate} ...${asked} onDone=${done} />`}
  `;
}

function Entries({ list: { entries, matched, isComplete }, onExplain, onInvalidate }) {
  return html`
    <p class="quiet">
      ${isComplete ? plural(matched, 'entry', 'entries') : `${count(matched)} entries or more`}${entries.length < matched && `, ${count(entries.length)} shown`}.
    </p>
    <${Table}
      label="Entries"
      empty="No entry matches."
      columns=${[['Key'], ['Age', true], ['Expires in', true], ['Size', true], ['Hits', true], ['Load took', true], ['Actions']]}
      rows=${entries.map((entry) => ({
        key: entry.id,
        cells: [
          html`<code>${entry.id}</code>`,
          time(entry.age),
          entry.ttl === null ? 'never' : entry.ttl <= 0 ? 'expired' : time(entry.ttl),
          size(entry.bytes),
          count(entry.hits),
          entry.loadCost > 0 ? time(entry.loadCost) : '–',
          html`
            <button class="small" onClick=${() => onExplain(entry.id)} aria-label=${`Explain ${entry.id}`}>Explain</button>
            <button class="small" onClick=${() => onInvalidate(entry.id)} aria-label=${`Invalidate ${entry.id}`}>Invalidate</button>
          `,
        ],
      }))}
    />
  `;
}

function InvalidateForm({ onAsk }) {
  const [text, setText] = useState('');
  const [kind, setKind] = useState('targets');
  const submit = (event) => {
    event.preventDefault();
    onAsk({ [kind]: [text] });
  };
  return html`
    <form class="line" onSubmit=${submit}>
      <label for="kind">What</label>
      <select id="kind" value=${kind} onChange=${({ target }) => setKind(target.value)}>
        <option value="targets">key, prefix or pattern</option>
        <option value="tags">tag</option>
      </select>
      <label for="target">Name</label>
      <input id="target" value=${text} onInput=${({ target }) => setText(target.value)} required maxlength="1000" autocomplete="off" spellcheck=${false} placeholder=${kind === 'tags' ? 'venue:7' : 'venues:7'} />
      <button>Preview</button>
    </form>
  `;
}

/** Shows how many entries match, and invalidates them once that is confirmed. */
function Invalidate({ targets = [], tags = [], onDone }) {
  const [{ result, problem }, run] = useRequest();
  const [refusal, setRefusal] = useState();
  const named = [...targets, ...tags.map((tag) => `tag ${tag}`)].join(', ');
  const pairs = [...targets.map((one) => ['target', one]), ...tags.map((one) => ['tag', one])];
  useEffect(() => void run(() => get('matches', pairs)), []);
  const end = async (isConfirmed) => {
    if (!isConfirmed) return onDone();
    try {
      const { delivered } = await post('invalidate', { targets, tags });
      onDone(
        `Invalidated ${named}.${delivered ? '' : ' Redis is away: the other processes follow as soon as it is back.'}`,
      );
    } catch (error) {
      setRefusal(error.message);
    }
  };
  if (refusal) return html`<${Problem} text=${refusal} />`;
  return html`
    <${Confirm} title=${`Invalidate ${named}?`} action="Invalidate" isReady=${result !== undefined} onDone=${end}>
      <${Problem} text=${problem} />
      ${
        result &&
        html`
        <p>
          Matches ${plural(result.memory, 'entry', 'entries')} in the memory of this
          process${result.redis !== null && ` and ${plural(result.redis, 'entry', 'entries')} in Redis`}${!result.isComplete && ', or more'}.
        </p>
        ${result.examples.length > 0 && html`<ul class="tags">${result.examples.map((id) => html`<li><code>${id}</code></li>`)}</ul>`}
      `
      }
    <//>
  `;
}

const CONFIRMATION = 'clear everything';

function Clear({ onDone }) {
  const [{ result, problem }, run] = useRequest();
  const [typed, setTyped] = useState('');
  const end = (isConfirmed) =>
    run(async () => {
      setTyped('');
      if (!isConfirmed) return undefined;
      const { delivered } = await post('clear', { token: result.token, confirmation: typed });
      onDone(
        `Cleared everything.${delivered ? '' : ' Redis is away: the other processes follow as soon as it is back.'}`,
      );
    });
  return html`
    <p><button class="danger" onClick=${() => run(() => post('request-clear'))}>Request a token…</button></p>
    <${Problem} text=${problem} />
    ${
      result &&
      html`
      <${Confirm} title="Clear everything?" action="Clear" isReady=${typed === CONFIRMATION} onDone=${end}>
        <p>Until ${new Date(result.expiresAt).toLocaleTimeString('en-GB')} you can confirm by typing <b>${CONFIRMATION}</b>.</p>
        <p class="line">
          <label for="confirmation">Confirmation</label>
          <input id="confirmation" value=${typed} onInput=${({ target }) => setTyped(target.value)} autocomplete="off" />
        </p>
      <//>
    `
    }
  `;
}

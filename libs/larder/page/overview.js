import { html } from 'htm/preact';
import { Chart } from './chart.js';
import { Figures, Problem, Table } from './parts.js';
import { clock, count, day, percent, size, time } from './text.js';

const HOUR = 3_600_000;

export function Overview({ figures, problem, theme }) {
  if (figures === undefined)
    return html`<${Problem} text=${problem} /><p class="quiet">Waiting for the first figures…</p>`;
  const { minutes, nodes, latency, loadTimes, audit, at } = figures;
  const times = minutes.map((minute) => minute.at);
  const of = (name) => minutes.map((minute) => minute[name]);
  const deploys = nodes.map(({ startedAt }) => new Date(startedAt).getTime()).filter((start) => at - start < HOUR);
  const lastFull = minutes.at(-2) ?? minutes.at(-1);
  const chart = (title, show, series, more = {}) =>
    html`<${Chart} ...${{ title, show, series, times, theme, marks: deploys, ...more }} />`;
  return html`
    <${Problem} text=${problem} />
    ${figures.problem && html`<p class="problem">Other processes are missing: ${figures.problem}</p>`}
    <${Figures}
      all=${[
        ['Hit rate', percent(figures.hitRate), `of ${count(figures.hits + figures.stale + figures.misses)} calls`],
        ['Database time saved', time(figures.savedTime), 'by hits'],
        ['Loads', count(figures.loads), `${(lastFull.loads / 60).toFixed(1)} a second`],
        ['Failed loads', count(figures.errors), `${count(figures.timeouts)} timeouts`],
        ['Invalidations', count(figures.invalidations), `${count(figures.refused)} entries refused`],
        ['Memory', size(figures.bytes), figures.maxBytes ? `of ${size(figures.maxBytes)}` : ''],
        ['Entries', count(figures.entries), `${count(figures.evictions)} evicted`],
        ['Audit', audit ? ninesOf(audit) : 'off', audit ? `${count(audit.stale)} of ${count(audit.reads)} stale` : ''],
      ]}
    />
    <h2>The last hour</h2>
    <div class="charts">
      ${chart('Hit rate', percent, [{ label: 'hits', values: of('hitRate'), line: 1 }], { most: 1 })}
      ${chart('Loads a second', (value) => (value === null ? '–' : value.toFixed(value < 1 ? 2 : 1)), [
        { label: 'loads', values: of('loads').map((loads) => loads / 60), line: 1 },
      ])}
      ${chart('Duration of loads', time, [
        { label: 'p50', values: minutes.map((minute) => minute.loadTimes.p50), line: 1 },
        { label: 'p95', values: minutes.map((minute) => minute.loadTimes.p95), line: 2 },
        { label: 'p99', values: minutes.map((minute) => minute.loadTimes.p99), line: 3 },
      ])}
      ${chart('Invalidations a minute', count, [{ label: 'invalidations', values: of('invalidations'), line: 1 }], { isWhole: true })}
      ${chart('Memory of all processes', size, [{ label: 'bytes', values: of('bytes'), line: 1 }])}
      ${chart('Lag of invalidations', time, [
        { label: 'journal', values: of('journalLag'), line: 1 },
        { label: 'change feed', values: of('feedLag'), line: 2 },
      ])}
    </div>
    ${deploys.length > 0 && html`<p class="quiet">Dashed lines: a process started.</p>`}
    <h2>Latency</h2>
    <${Table}
      label="Latency by tier"
      columns=${[['Tier'], ['p50', true], ['p95', true], ['p99', true]]}
      rows=${[
        ['Memory, look-ups timed in this process', latency.memory],
        ['Redis, commands of this process', latency.redis],
        ['Loads of all processes', loadTimes],
      ].map(([name, { p50, p95, p99 }]) => ({ key: name, cells: [name, time(p50), time(p95), time(p99)] }))}
    />
    <h2>Processes</h2>
    <${Table}
      label="Processes"
      columns=${[['Process'], ['Release'], ['Started'], ['Hit rate', true], ['Entries', true], ['Memory', true], ['Journal'], ['Figures', true]]}
      rows=${nodes.map((node) => ({
        key: node.id,
        cells: [
          html`${node.host}:${node.pid}${node.isSelf && html` <small>answers this page</small>`}`,
          html`${node.release ?? '–'} <small>larder ${node.larder ?? '–'}, node ${node.runtime ?? '–'}</small>`,
          day(node.startedAt),
          percent(node.hitRate),
          count(node.entries),
          html`${size(node.bytes)} <small>${node.maxBytes ? `of ${size(node.maxBytes)}` : ''}</small>`,
          node.current ? `current${node.settled ? '' : ', undelivered'}` : 'late',
          node.age === 0 ? 'now' : `${time(node.age)} old`,
        ],
      }))}
    />
    <p class="quiet">Counts since each process started. Updated at ${clock(at)}.</p>
  `;
}

function ninesOf({ from, to }) {
  return to === null ? `over ${from.toFixed(1)} nines` : `${from.toFixed(1)} to ${to.toFixed(1)} nines`;
}

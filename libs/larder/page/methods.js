import { html } from 'htm/preact';
import { Problem, Sparkline, Table, usePolled } from './parts.js';
import { get } from './server.js';
import { count, percent, size, time, ttl } from './text.js';

export function Methods() {
  const [{ result, problem }] = usePolled(() => get('methods'), 5000);
  if (result === undefined) return html`<${Problem} text=${problem} />`;
  const { methods, uncached, advice } = result;
  const hasAdvice = advice.length > 0 || methods.some((method) => method.advice.length > 0);
  return html`
    <${Problem} text=${problem} />
    ${advice.map((one) => html`<p class="advice"><b>${one.subject}</b>: ${one.text}</p>`)}
    <${Table}
      label="Cached methods"
      empty="No cached method was called yet."
      columns=${[
        ['Method'],
        ['Calls', true],
        ['Hit rate', true],
        ['Last hour'],
        ['Loads', true],
        ['Load p95', true],
        ['Time saved', true],
        ['TTL', true],
        ['Scope'],
        ['Entries', true],
        ['Memory', true],
        ...(hasAdvice ? [['Advice']] : []),
      ]}
      rows=${methods.map((method) => ({
        key: method.name,
        cells: [
          method.name,
          count(method.hits + method.stale + method.misses),
          percent(method.hitRate),
          html`<${Sparkline} values=${method.calls} />`,
          html`${count(method.loads)}${method.errors > 0 && html` <small>${count(method.errors)} failed</small>`}`,
          time(method.loadTimes.p95),
          time(method.savedTime),
          html`${ttl(method.ttl)}${
            method.staleWhileRevalidate !== null && html` <small>+ ${ttl(method.staleWhileRevalidate)} stale</small>`
          }`,
          method.scope ?? '–',
          count(method.entries),
          size(method.bytes),
          ...(hasAdvice ? [method.advice.map((one) => html`<p>${one.text}</p>`)] : []),
        ],
      }))}
    />
    <p class="quiet">Calls and loads are those of all processes; entries, memory and the line are those of this one.</p>
    <h2>Not cached, and why</h2>
    <${Table}
      label="Methods that were not cached"
      empty="Every result of a cached method could be stored."
      columns=${[['Method'], ['Last reason']]}
      rows=${Object.entries(uncached).map(([name, reason]) => ({ key: name, cells: [name, reason] }))}
    />
  `;
}

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { Confirm, Problem, Table, usePolled, useRequest } from './parts.js';
import { get, post } from './server.js';
import { count, day, time } from './text.js';

const moment = (at) => (at ? day(at) : '–');

export function Work() {
  const [{ result, problem }, again] = usePolled(() => get('work'), 5000);
  const [runs, readRuns] = useRequest();
  const [asked, setAsked] = useState();
  const [ended, runJob] = useRequest();
  if (result === undefined) return html`<${Problem} text=${problem} />`;
  const { jobs, counters, deadlines, feed, sockets, flags, problems } = result;
  const end = (isConfirmed) => {
    const name = asked;
    setAsked(undefined);
    if (isConfirmed) void runJob(async () => [name, await post('run-job', { name })]).then(again);
  };
  return html`
    <${Problem} text=${problem} />
    ${problems.map((text) => html`<p class="problem">${text}</p>`)}
    <h2>Jobs</h2>
    <p role="status" class="said">${ended.isBusy && 'Running…'}${ended.result && `${ended.result[0]} ${ended.result[1].result} after ${time(ended.result[1].duration)}.`}</p>
    <${Problem} text=${ended.problem} />
    <${Table}
      label="Jobs"
      empty="This application has no jobs."
      columns=${[['Job'], ['Schedule'], ['State'], ['Last run'], ['Took', true], ['Next run'], ['Runs', true], ['Failures in a row', true], ['Actions']]}
      rows=${jobs.map((job) => ({
        key: job.name,
        cells: [
          job.name,
          job.schedule,
          job.running ? `running on ${job.running.by}` : job.overdueSince ? 'overdue' : (job.last?.result ?? 'waiting'),
          moment(job.last?.startedAt),
          time(job.last?.duration),
          moment(job.nextRun),
          count(job.total),
          count(job.consecutiveFailures),
          html`
            <button class="small" onClick=${() => readRuns(async () => [job.name, await get('runs', { name: job.name })])} aria-label=${`History of ${job.name}`}>History</button>
            <button class="small" onClick=${() => setAsked(job.name)} aria-label=${`Run now: ${job.name}`}>Run now</button>
          `,
        ],
      }))}
    />
    <${Problem} text=${runs.problem} />
    ${runs.result && html`<${Runs} name=${runs.result[0]} runs=${runs.result[1]} />`}
    <h2>Counters and deadlines</h2>
    <${Table}
      label="Counters"
      empty="There are no counters."
      columns=${[['Counter'], ['Keys that wait in this process', true], ['Failures in a row', true]]}
      rows=${counters.map(({ name, waiting, failures }) => ({ key: name, cells: [name, count(waiting), count(failures)] }))}
    />
    <${Table}
      label="Deadlines"
      empty="There are no deadlines."
      columns=${[['Deadline'], ['Tracked', true], ['Overdue', true], ['Checked every', true], ['Failures in a row', true]]}
      rows=${deadlines.map((one) => ({ key: one.name, cells: [one.name, count(one.tracked), time(one.overdue), time(one.every), count(one.failures)] }))}
    />
    <h2>Change feed</h2>
    ${feed.error && html`<p class="problem">${feed.error}</p>`}
    ${feed.gaps.map((gap) => html`<p class="problem">${gap}</p>`)}
    <p>${feed.tables.length > 0 ? html`Watches ${feed.tables.map((table) => html`<code>${table}</code> `)}` : 'No tables are watched.'}${feed.sinceRead !== null && html` This process has read every change until ${time(feed.sinceRead)} ago.`}</p>
    <${Table}
      label="Change feed by process"
      columns=${[['Process'], ['State'], ['Lag', true], ['Gaps', true]]}
      rows=${feed.nodes.map(({ node, state, lag, gaps }) => ({ key: node, cells: [node, state, time(lag), count(gaps)] }))}
    />
    <h2>Sockets and live queries</h2>
    <${Table}
      label="Sockets by process"
      columns=${[['Process'], ['Open sockets'], ['Live queries'], ['Refused', true]]}
      rows=${sockets.map(({ node, open, queries, refused }) => ({
        key: node,
        cells: [
          node,
          Object.entries(open)
            .map(([name, number]) => `${name}: ${count(number)}`)
            .join(', ') || 'none',
          Object.entries(queries)
            .map(([name, { followed, told }]) => `${name}: ${count(followed)} followed, ${count(told)} told`)
            .join(', ') || 'none',
          count(refused),
        ],
      }))}
    />
    <h2>Flags</h2>
    <${Table}
      label="Flags"
      columns=${[['Flag'], ['State'], ['What it switches']]}
      rows=${flags.map(({ name, enabled, switches }) => ({ key: name, cells: [html`<code class="whole">${name}</code>`, enabled ? 'on' : 'off', switches.replaceAll('`', '')] }))}
    />
    ${asked && html`<${Confirm} title=${`Run ${asked} now?`} action="Run" onDone=${end}><p>It runs in the process that answers this page.</p><//>`}
  `;
}

const Runs = ({ name, runs }) => html`
  <h3>Last runs of ${name}</h3>
  <${Table}
    label=${`Last runs of ${name}`}
    columns=${[['Started'], ['Result'], ['Took', true], ['On'], ['Attempts', true], ['Error']]}
    rows=${runs.map((run) => ({ key: run.startedAt, cells: [moment(run.startedAt), run.result, time(run.duration), run.by, count(run.attempts), run.error ?? ''] }))}
  />
`;

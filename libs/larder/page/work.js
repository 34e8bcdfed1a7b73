import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { Confirm, Problem, Table, usePolled, useRequest } from './parts.js';
import { get, post } from './server.js';
import { count, day, plural, time } from './text.js';

const moment = (at) => (at ? day(at) : '–');

/** What a user can do with a job: what the button and its dialog say, and what is said afterwards. */
const RUN = {
  route: 'run-job',
  verb: 'Run now',
  action: 'Run',
  title: (name) => `Run ${name} now?`,
  text: 'It runs in the process that answers this page.',
  done: (name, { result, duration }) => `${name} ${result} after ${time(duration)}.`,
};
const PAUSE = {
  route: 'pause-job',
  verb: 'Pause',
  action: 'Pause',
  title: (name) => `Pause ${name}?`,
  text: 'No process runs it on its schedule until a user resumes it, also after a restart with Redis. A run that has begun goes on.',
  done: (name) => `${name} is paused.`,
};
const RESUME = {
  route: 'resume-job',
  verb: 'Resume',
  action: 'Resume',
  title: (name) => `Resume ${name}?`,
  text: 'It runs again from its next tick on. What it missed is not run.',
  done: (name) => `${name} is resumed.`,
};

/** Rooms that the page shows. */
const MAX_ROOMS = 50;

/** Ids of transactions and rows are shown as PostgreSQL writes them. */
const positionOf = (position) =>
  position
    ? `every transaction before ${position.before}${position.last ? `; last row ${position.last.id} of transaction ${position.last.xid}` : ''}`
    : '–';

function roomsOf(sockets) {
  const known = sockets.flatMap(({ rooms }) => rooms ?? []);
  const number = known.reduce((sum, { count: rooms }) => sum + rooms, 0);
  const isComplete = known.every((rooms) => rooms.isComplete);
  return `${isComplete ? '' : 'At least '}${plural(number, 'room', 'rooms')} in all processes; each names its 20 largest.`;
}

function stateOf({ running, paused, overdueSince, last }) {
  const pause = paused && `paused by ${paused.by} since ${day(paused.since)}`;
  if (running) return `running on ${running.by}${pause ? `; ${pause}` : ''}`;
  return pause ?? (overdueSince ? 'overdue' : (last?.result ?? 'waiting'));
}

export function Work() {
  const [{ result, problem }, again] = usePolled(() => get('work'), 5000);
  const [runs, readRuns] = useRequest();
  const [asked, setAsked] = useState();
  const [ended, act] = useRequest();
  if (result === undefined) return html`<${Problem} text=${problem} />`;
  const { jobs, counters, deadlines, feed, sockets, flags, problems } = result;
  const end = (isConfirmed) => {
    const { deed, name } = asked;
    setAsked(undefined);
    if (isConfirmed) void act(async () => deed.done(name, await post(deed.route, { name }))).then(again);
  };
  return html`
    <${Problem} text=${problem} />
    ${problems.map((text) => html`<p class="problem">${text}</p>`)}
    <h2>Jobs</h2>
    <p role="status" class="said">${ended.isBusy ? 'Waiting for the job…' : ended.result}</p>
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
          stateOf(job),
          moment(job.last?.startedAt),
          time(job.last?.duration),
          moment(job.paused ? undefined : job.nextRun),
          count(job.total),
          count(job.consecutiveFailures),
          html`
            <button class="small" onClick=${() => readRuns(async () => [job.name, await get('runs', { name: job.name })])} aria-label=${`History of ${job.name}`}>History</button>
            ${[RUN, job.paused ? RESUME : PAUSE].map(
              (deed) => html`
                <button key=${deed.verb} class="small" onClick=${() => setAsked({ deed, name: job.name })} aria-label=${`${deed.verb}: ${job.name}`}>${deed.verb}</button>
              `,
            )}
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
      columns=${[['Process'], ['State'], ['Position'], ['Lag', true], ['Gaps', true]]}
      rows=${feed.nodes.map(({ node, state, position, lag, gaps }) => ({ key: node, cells: [node, state, positionOf(position), time(lag), count(gaps)] }))}
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
    <${Table}
      label="Rooms"
      empty="No socket is in a room, or the application does not use RedisIoAdapter."
      columns=${[['Room'], ['Namespace'], ['Process'], ['Sockets', true]]}
      rows=${sockets
        .flatMap(({ node, rooms }) => (rooms?.largest ?? []).map((room) => ({ ...room, node })))
        .sort((one, other) => other.sockets - one.sockets)
        .slice(0, MAX_ROOMS)
        .map(({ namespace, name, node, sockets: size }) => ({
          key: `${node} ${namespace} ${name}`,
          cells: [html`<code class="whole">${name}</code>`, namespace, node, count(size)],
        }))}
    />
    <p class="quiet">${roomsOf(sockets)}</p>
    <h2>Flags</h2>
    <${Table}
      label="Flags"
      columns=${[['Flag'], ['State'], ['What it switches']]}
      rows=${flags.map(({ name, enabled, switches }) => ({ key: name, cells: [html`<code class="whole">${name}</code>`, enabled ? 'on' : 'off', switches.replaceAll('`', '')] }))}
    />
    ${asked && html`<${Confirm} title=${asked.deed.title(asked.name)} action=${asked.deed.action} onDone=${end}><p>${asked.deed.text}</p><//>`}
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

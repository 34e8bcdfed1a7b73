import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import type { Order, Report } from './messages.js';

// How many invalidations a second one journal takes, by the number of nodes that follow it. Up to 4 processes, each with several nodes:
// every node has its own table, follower and connections.

const MILLISECONDS = Number(process.env.SECONDS ?? 3) * 1000;
const REST = 1000;
const PROCESSES = 4;
const NODES = numbersOf(process.env.NODES, [1, 4, 16]);
const RATES = numbersOf(process.env.RATES, [100, 1000, 3000, 10_000]);

console.log(describeRun(`The journal, ${MILLISECONDS / 1000} s each, at most ${PROCESSES} processes`));
const rows: string[][] = [];
for (const nodes of NODES) for (const rate of RATES) rows.push(await measure(nodes, rate));
printTable(
  [
    'nodes, bumps a second',
    'acknowledged',
    'other nodes see it: median, ms',
    'p99, ms',
    'missed',
    'Redis, % of a core',
    'µs a bump',
    'nodes, % of a core each',
  ],
  rows,
);
process.exit();

async function measure(nodes: number, rate: number): Promise<string[]> {
  const redis = await startRedis();
  const server = new Redis(redis.url);
  const processes = Math.min(PROCESSES, nodes);
  const own = Math.ceil(nodes / processes);
  const orders = Array.from({ length: processes }, (_, index): Order => {
    const first = index * own;
    return {
      redis: redis.url,
      first,
      own: Math.min(own, nodes - first),
      nodes,
      rate,
      milliseconds: MILLISECONDS,
      rest: REST,
    };
  });
  const children = orders.map(start);
  await Promise.all(children.map((child) => once(child, 'message')));
  const before = await processorOf(server);
  const reports = children.map(reportOf);
  for (const child of children) child.send('run');
  const after = new Promise<number>((resolve) => setTimeout(() => resolve(processorOf(server)), MILLISECONDS));
  const all = await Promise.all(reports);
  const ofRedis = (await after) - before;
  server.disconnect();
  await redis.stop();
  return rowOf(nodes, rate, all, ofRedis);
}

function rowOf(nodes: number, rate: number, reports: readonly Report[], ofRedis: number): string[] {
  const sentAt = new Map(reports.flatMap(({ sent }) => sent.map(({ slot, at }) => [slot, at] as const)));
  const delays = reports
    .flatMap(({ seen }) => seen.map(({ slot, at }) => at - (sentAt.get(slot) ?? Number.NaN)))
    .filter((took) => !Number.isNaN(took))
    .sort((one, other) => one - other);
  const at = (share: number) => (delays[Math.floor(share * (delays.length - 1))] ?? Number.NaN).toFixed(1);
  const expected = sentAt.size * (nodes - 1);
  const acknowledged = reports.reduce((sum, report) => sum + report.acknowledged, 0);
  const processor = reports.reduce((sum, report) => sum + report.processor, 0);
  return [
    `${nodes}, ${rate.toLocaleString('en')}`,
    ((acknowledged * 1000) / MILLISECONDS).toFixed(0),
    nodes === 1 ? '–' : at(0.5),
    nodes === 1 ? '–' : at(0.99),
    expected === 0 ? '–' : `${((100 * (expected - delays.length)) / expected).toFixed(1)} %`,
    ((100 * ofRedis) / MILLISECONDS).toFixed(0),
    ((1000 * ofRedis) / Math.max(1, acknowledged)).toFixed(0),
    ((100 * processor) / MILLISECONDS / nodes).toFixed(1),
  ];
}

function start(order: Order): ChildProcess {
  const path = fileURLToPath(new URL('nodes.js', import.meta.url));
  return fork(path, [JSON.stringify(order)], { execArgv: ['--no-warnings'], serialization: 'advanced' });
}

async function reportOf(child: ChildProcess): Promise<Report> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The nodes ended without figures')));
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [Report];
  ended.catch(() => {});
  return report;
}

/** Milliseconds of processor time that Redis has used. */
async function processorOf(server: Redis): Promise<number> {
  const info = await server.info('cpu');
  const seconds = [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, figure]) => Number(figure));
  return seconds.reduce((sum, figure) => sum + figure, 0) * 1000;
}

function numbersOf(list: string | undefined, usual: readonly number[]): readonly number[] {
  return list === undefined ? usual : list.split(',').map(Number);
}

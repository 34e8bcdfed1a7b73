import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import type { NodeFigures } from './messages.js';
import { Sockets } from './sockets.js';

// Two nodes on one Redis: HTTP load on both, sockets on both, and broadcasts by the first. Redis is killed for two seconds.

const SECONDS = Number(process.env.SECONDS ?? 30);
const SOCKETS = Number(process.env.SOCKETS ?? 1000);
const CONNECTIONS = Number(process.env.CONNECTIONS ?? 20);
const OUTAGE = 2000;
const ITEMS = 20;
const ADAPTERS = ['classic', 'sharded', 'streams'] as const;

const asked = ADAPTERS.filter((adapter) => process.argv.includes(adapter));
console.log(
  describeRun(`${SECONDS} s each, ${CONNECTIONS} connections and ${SOCKETS / 2} sockets for each of two nodes`),
);
for (const adapter of asked.length > 0 ? asked : ADAPTERS) await measure(adapter);
process.exit();

async function measure(adapter: (typeof ADAPTERS)[number]): Promise<void> {
  const redis = await startRedis();
  const nodes: ChildProcess[] = [];
  try {
    const path = fileURLToPath(new URL('one.js', import.meta.url));
    for (const role of ['sender', 'receiver']) nodes.push(fork(path, [redis.url, adapter, role]));
    const urls = await Promise.all(nodes.map(urlOf));
    const clients = await Promise.all(urls.map((url) => Sockets.connect(url, SOCKETS / 2)));
    const before = await Promise.all(nodes.map(figuresOf));
    for (const each of clients) each.reset();
    const loads = urls.map(load);
    await delay((SECONDS * 1000) / 3);
    await redis.kill();
    await delay(OUTAGE);
    await redis.restart();
    const results = await Promise.all(loads);
    const after = await Promise.all(nodes.map(figuresOf));
    report(adapter, results, before, after, clients);
    for (const each of clients) each.close();
  } finally {
    for (const node of nodes) node.kill('SIGKILL');
    await redis.stop();
  }
}

async function urlOf(node: ChildProcess): Promise<string> {
  const [port] = (await once(node, 'message')) as [number];
  return `http://127.0.0.1:${port}`;
}

async function figuresOf(node: ChildProcess): Promise<NodeFigures> {
  const answered = once(node, 'message');
  node.send('figures');
  const [figures] = (await answered) as [NodeFigures];
  return figures;
}

async function load(url: string): Promise<autocannon.Result> {
  const requests = Array.from({ length: ITEMS }, (_, id) => ({ path: `/items/${id}` }));
  return autocannon({ url, connections: CONNECTIONS, duration: SECONDS, requests });
}

function report(
  adapter: string,
  results: readonly autocannon.Result[],
  before: readonly NodeFigures[],
  after: readonly NodeFigures[],
  clients: readonly Sockets[],
): void {
  const sent = grown(before[0], after[0], 'sent');
  const rows = results.map((result, node) => {
    const more = (name: keyof NodeFigures) => grown(before[node], after[node], name);
    const { heard, count, longestSilence, disconnects } = clients[node] as Sockets;
    return [
      `node ${node + 1}`,
      (result.requests.total / result.duration).toFixed(0),
      `${result.latency.p50} / ${result.latency.p99} / ${result.latency.max}`,
      String(result.errors + result.timeouts + result.non2xx),
      ((100 * more('hits')) / (more('hits') + more('misses'))).toFixed(1),
      String(more('loads')),
      `${more('journalLosses')} (${(after[node] as NodeFigures).journalLag.toFixed(0)} ms)`,
      `${(after[node] as NodeFigures).sockets} (${disconnects} lost)`,
      `${((100 * heard) / (sent * count)).toFixed(1)} %`,
      longestSilence.toFixed(0),
    ];
  });
  const latency = 'p50 / p99 / max (ms)';
  const sockets = ['sockets', 'broadcasts heard', 'longest silence (ms)'];
  printTable(
    [adapter, 'requests a second', latency, 'failed', 'hits (%)', 'loads', 'journal lost (lag)', ...sockets],
    rows,
  );
  console.log('');
}

function grown(before: NodeFigures | undefined, after: NodeFigures | undefined, name: keyof NodeFigures): number {
  return (after?.[name] ?? 0) - (before?.[name] ?? 0);
}

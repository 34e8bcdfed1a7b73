import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { io, type Socket } from 'socket.io-client';
import { median, range } from '../measure/figures.js';
import { describeRun } from '../measure/machine.js';
import { printTable } from '../measure/table.js';

// Events of a live query to many sockets, compared with a gateway that emits to all of its sockets.

const ROUNDS = 15;
const SOCKETS = 200;
const EVENTS = 100;
const NAMES = ['live', 'room'] as const;

console.log(describeRun(`${SOCKETS} sockets, ${ROUNDS} rounds of ${EVENTS} invalidations`));
const server = fork(fileURLToPath(new URL('one.js', import.meta.url)));
const [port] = (await once(server, 'message')) as [number];
const sockets = {
  live: await Promise.all(Array.from({ length: SOCKETS }, () => subscribed(port))),
  room: await Promise.all(Array.from({ length: SOCKETS }, () => connected(port, 'room'))),
};
const costs = { live: [] as number[], room: [] as number[] };
for (let round = -1; round < ROUNDS; round++) {
  for (const name of NAMES) {
    const cost = await costOf(name, sockets[name]);
    if (round >= 0) costs[name].push(cost);
  }
}
printTable(
  ['of the server, µs an event and socket', 'median', 'least–most'],
  NAMES.map((name) => [name, median(costs[name]).toFixed(1), range(costs[name], 1)]),
);
server.kill();
process.exit();

async function costOf(name: 'live' | 'room', all: readonly Socket[]): Promise<number> {
  const before = await processorTimeOf(server);
  for (let event = 0; event < EVENTS; event++) {
    const heard = all.map((socket) => new Promise((resolve) => socket.once('invalidated', resolve)));
    server.send(name);
    await Promise.all(heard);
  }
  return ((await processorTimeOf(server)) - before) / (EVENTS * all.length);
}

async function subscribed(port: number): Promise<Socket> {
  const socket = await connected(port, 'live');
  const answer = await socket.timeout(10_000).emitWithAck('subscribe', { id: 'list', query: 'Lists.list' });
  if (answer.ok !== true) throw new Error(`The server refused: ${JSON.stringify(answer)}`);
  return socket;
}

async function connected(port: number, namespace: string): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}/${namespace}`, { transports: ['websocket'], forceNew: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return socket;
}

async function processorTimeOf(child: ChildProcess): Promise<number> {
  child.send('time');
  const [microseconds] = (await once(child, 'message')) as [number];
  return microseconds;
}

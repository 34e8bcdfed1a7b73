import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { type Node, nodeOf, SLOTS } from './larder-parts.js';
import type { Order, Seen } from './messages.js';

// Some nodes of the fleet, in one process: each has its table, its journal and its connections. Each slot is raised once, by the node
// whose number is the rest of the slot, so that a slot tells where and when its bump was sent.

/** One bump of so many is timed. */
const SAMPLE = 4;
const order = JSON.parse(process.argv[2] ?? '') as Order;
const numbers = Array.from({ length: order.own }, (_, index) => order.first + index);
const isTimed = (slot: number) => Math.floor((slot - 1) / order.nodes) % SAMPLE === 0;

const sent: Seen[] = [];
const seen: Seen[] = [];
let acknowledged = 0;
const nodes = await Promise.all(numbers.map(() => nodeOf(order.redis)));
for (const [index, { journal, table }] of nodes.entries()) {
  while (!journal.settled || journal.syncedAt < 0) await delay(10);
  const number = order.first + index;
  table.listen((slots) => {
    const at = now();
    for (const slot of slots) {
      // Slot 0 is that of everything. A node's own bumps are seen by their replies.
      if (slot > 0 && (slot - 1) % order.nodes !== number && isTimed(slot)) seen.push({ slot, at });
    }
  });
}
process.send?.('ready');
process.once('message', () => void run());

async function run(): Promise<void> {
  const own = process.cpuUsage();
  const until = now() + order.milliseconds;
  await Promise.all(nodes.map((node, index) => bumpFrom(node, order.first + index, until)));
  const { user, system } = process.cpuUsage(own);
  // What was sent last is still on its way.
  await delay(order.rest);
  process.send?.({ sent, seen, acknowledged, processor: (user + system) / 1000 }, () => process.exit());
}

/** Sends the node's share at a steady pace, each bump in a turn of its own: one script each, as separate requests of users send. */
async function bumpFrom({ journal }: Node, number: number, until: number): Promise<void> {
  const pause = (1000 * order.nodes) / order.rate;
  // Nodes do not bump at the same moments.
  let due = now() + pause * Math.random();
  for (let count = 0; ; count++) {
    while (now() < due) await delay(Math.max(1, due - now()));
    if (now() >= until) return;
    const slot = 1 + count * order.nodes + number;
    if (slot >= SLOTS) throw new Error('There are no more slots');
    if (isTimed(slot)) sent.push({ slot, at: now() });
    void journal.bump([slot]).then(() => {
      if (now() < until) acknowledged++;
    });
    due += pause;
    await nextTurn();
  }
}

/** Milliseconds of the clock that all processes of the machine share. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

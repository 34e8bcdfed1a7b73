import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, range } from '../measure/figures.js';
import { judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import type { Speed } from './child.js';

// Hits in memory of a decorated method while a page of the dashboard is open, compared with an application that has none. Both
// publish their statistics in Redis. By processor time of the process, which includes what the dashboard does beside the hits.

const PAIRS = 5;

async function speedOf(redis: string, dashboard: 'open' | 'none'): Promise<number> {
  const child = fork(fileURLToPath(new URL('child.js', import.meta.url)), [redis, dashboard], {
    execArgv: ['--no-warnings'],
  });
  const ended = once(child, 'exit');
  const [url] = (await once(child, 'message')) as [string];
  const page = new AbortController();
  const events = { count: 0 };
  if (dashboard === 'open') void follow(url, page.signal, events);
  child.send('go');
  const [{ hitsPerSecond }] = (await once(child, 'message')) as [Speed];
  page.abort();
  await ended;
  if (dashboard === 'open' && events.count < 3) throw new Error(`The page got ${events.count} events.`);
  return hitsPerSecond;
}

/** Reads the events of the page, as a browser does. */
async function follow(url: string, signal: AbortSignal, events: { count: number }): Promise<void> {
  try {
    const { body } = await fetch(`${url}/larder/api/live`, { signal });
    const decoder = new TextDecoder();
    for await (const bytes of body ?? []) events.count += decoder.decode(bytes).split('\n\n').length - 1;
  } catch (error) {
    if (!signal.aborted && events.count === 0) throw error;
  }
}

console.log(describeRun(`2000 keys, all in memory, ${PAIRS} pairs of processes, processor time`));
const redis = await startRedis();
const ratios: number[] = [];
const hits: number[] = [];
for (let pair = 0; pair < PAIRS; pair++) {
  const none = await speedOf(redis.url, 'none');
  ratios.push((await speedOf(redis.url, 'open')) / none);
  hits.push(1e9 / none);
}
await redis.stop();
printTable(
  ['hits with', 'speed to none', 'of one pair'],
  [['dashboard open', median(ratios).toFixed(3), range(ratios, 3)]],
);
console.log(`A hit without dashboard takes ${median(hits).toFixed(0)} ns.`);
judge([{ what: 'hits with the dashboard open to none', figure: median(ratios), atLeast: 0.97 }]);

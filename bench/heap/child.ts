import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Filling, Way } from './fill.js';
import type { Kind } from './values.js';

/** Fills a cache in a new process and returns its measurements. */
export async function fillInChild(way: Way, kind: Kind, count: number): Promise<Filling> {
  const child = fork(new URL('./one.js', import.meta.url), [way, kind, String(count)], {
    execArgv: ['--expose-gc', '--max-old-space-size=4096'],
  });
  const [filling] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`Measuring ${kind} in ${way} ended with code ${code}.`);
    }),
  ]);
  return filling as Filling;
}

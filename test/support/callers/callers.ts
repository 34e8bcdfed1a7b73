import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProgram } from '../program.js';
import type { CallerNews, CallerOptions, Go } from './caller-messages.js';

/** Milliseconds until the order has reached all processes. */
const NOTICE = 200;

/** The results of one process; `killed` if it died before it sent them. */
export type Outcome = Extract<CallerNews, { type: 'answered' }> | 'killed';

/** Processes of one fleet, each with a connected cache, that request the same key at the same moment. */
export class Callers {
  private constructor(private readonly children: readonly ChildProcess[]) {}

  /** Resolves when all are ready. They end with this process. */
  static async start(count: number, options: CallerOptions): Promise<Callers> {
    const children = Array.from({ length: count }, () => forkProgram('callers/caller', [options]));
    const callers = new Callers(children);
    const ready = await Promise.all(children.map(told));
    if (ready.every((news) => news !== 'killed')) return callers;
    await callers.stop();
    throw new Error('A caller has ended before it was ready.');
  }

  /** @param pause milliseconds until all send their requests */
  async ask(pause = NOTICE): Promise<Outcome[]> {
    const outcomes = this.children.map(told);
    const go: Go = { at: Date.now() + pause };
    for (const child of this.children) child.send(go);
    return (await Promise.all(outcomes)) as Outcome[];
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map(ended));
  }
}

/** The next message of a child. */
async function told(child: ChildProcess): Promise<CallerNews | 'killed'> {
  return Promise.race([
    once(child, 'message').then(([news]) => news as CallerNews),
    once(child, 'exit').then(() => 'killed' as const),
  ]);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

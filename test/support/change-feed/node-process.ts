import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProgram } from '../program.js';
import type { NodeNews, NodeOptions, NodeOrder } from './node-messages.js';

/** A child process with a cache and a change feed. It ends with this process. */
export class NodeProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** The state of its feed after the start. */
    readonly state: string,
  ) {}

  static async start(options: NodeOptions): Promise<NodeProcess> {
    const child = forkProgram('change-feed/node', [options]);
    const news = await told(child);
    if (news.type !== 'started') throw new Error(`The node began with ${news.type}.`);
    return new NodeProcess(child, news.state);
  }

  async read(ids: readonly number[]): Promise<readonly (number | null)[]> {
    const news = await this.ask({ type: 'read', ids });
    return news.type === 'read' ? news.values : [];
  }

  /** Resolves with the time when a read of the row first returned another value. */
  async seesOther(id: number, value: number): Promise<number> {
    const news = await this.ask({ type: 'watch', id, value });
    return news.type === 'seen' ? news.at : Number.NaN;
  }

  /** Resolves when it has died between the commit of a write-through and its end. */
  async writeAndDie(id: number, value: number): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.send({ type: 'write-and-die', id, value } satisfies NodeOrder);
    const [, signal] = await exited;
    if (signal !== 'SIGKILL') throw new Error(`The node ended by ${signal}.`);
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  private ask(order: NodeOrder): Promise<NodeNews> {
    this.child.send(order);
    return told(this.child);
  }
}

async function told(child: ChildProcess): Promise<NodeNews> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('The node has ended.');
  });
  const [news] = await Promise.race([once(child, 'message'), ended]);
  return news as NodeNews;
}

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProgram } from '../program.js';
import type { SpanRecord, TracedNews, TracedOptions, TracedOrder } from './span-record.js';

/** A child process whose work is traced. It ends with this process. */
export class TracedProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(options: TracedOptions): Promise<TracedProcess> {
    const child = forkProgram('tracing/traced-node', [options]);
    const { url = '' } = await told(child);
    return new TracedProcess(child, url);
  }

  async rename(id: number, name: string): Promise<void> {
    await this.ask({ type: 'rename', id, name });
  }

  /** The spans that have ended. */
  async spans(): Promise<readonly SpanRecord[]> {
    return (await this.ask({ type: 'spans' })).spans ?? [];
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  private ask(order: TracedOrder): Promise<TracedNews> {
    this.child.send(order);
    return told(this.child);
  }
}

async function told(child: ChildProcess): Promise<TracedNews> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('The node has ended.');
  });
  const [news] = await Promise.race([once(child, 'message'), ended]);
  return news as TracedNews;
}

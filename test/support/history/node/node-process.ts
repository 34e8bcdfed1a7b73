import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forkProgram } from '../../program.js';
import { Watchdog } from '../../servers/watchdog.js';
import type { Operation } from '../operations.js';
import type { News, NodeOptions, Order } from './node-messages.js';

/** The parent's view of a node. */
export class NodeProcess {
  private readonly exited: Promise<unknown>;
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly watchdog: Watchdog,
  ) {
    this.exited = once(child, 'exit');
  }

  /** Resolves when it works. `tell` receives its operations. */
  static async start(options: NodeOptions, tell: (operations: readonly Operation[]) => void): Promise<NodeProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'larder-node-'));
    const child = forkProgram('history/node/node', [options]);
    const node = new NodeProcess(child, directory, Watchdog.over(child.pid as number, directory));
    child.on('message', (news: News) => news.type === 'did' && tell(news.operations));
    await node.told('started');
    return node;
  }

  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  busy(milliseconds: number): void {
    this.order({ type: 'busy', milliseconds });
  }

  /** Resolves when it has died between the commit of a write-through and its end. */
  async dieAfterCommit(): Promise<void> {
    this.order({ type: 'die-after-commit' });
    await this.exited;
  }

  async rest(): Promise<void> {
    this.order({ type: 'rest' });
    await this.told('rested');
  }

  async readAll(): Promise<void> {
    this.order({ type: 'read-all' });
    await this.told('read-all');
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.watchdog.callOff();
    this.child.kill('SIGKILL');
    await this.exited;
    await rm(this.directory, { recursive: true, force: true });
  }

  private order(order: Order): void {
    // `rest` reports a node that has ended by itself.
    this.child.send(order, () => {});
  }

  /** Rejects if the node ends before the message. */
  private async told(type: News['type']): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.child.on('message', (news: News) => news.type === type && resolve());
    });
    const ended = this.exited.then((reason) => Promise.reject(new Error(`A node has ended by itself (${reason})`)));
    await Promise.race([said, ended]);
  }
}

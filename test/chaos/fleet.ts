import { type Fault, lasting } from './fault.js';
import type { NodeOptions } from './node-messages.js';
import { NodeProcess } from './node-process.js';
import type { Operation } from './operations.js';

/** The nodes of a history. One that is killed is replaced at once, under another name. */
export class Fleet {
  readonly history: Operation[] = [];
  private readonly nodes: NodeProcess[] = [];
  private started = 0;

  private constructor(private readonly optionsFor: (node: number) => Omit<NodeOptions, 'name' | 'seed'>) {}

  static async start(count: number, optionsFor: (node: number) => Omit<NodeOptions, 'name' | 'seed'>): Promise<Fleet> {
    const fleet = new Fleet(optionsFor);
    await Promise.all(Array.from({ length: count }, (_, index) => fleet.launch(index)));
    return fleet;
  }

  faultsOf(index: number): readonly Fault[] {
    const node = () => this.nodes[index] as NodeProcess;
    return [
      { name: `node ${index} killed`, run: () => this.replace(index) },
      lasting(
        `node ${index} paused`,
        [500, 3000],
        () => node().pause(),
        () => node().resume(),
      ),
      lasting(`node ${index} busy`, [1000, 2000], (_, milliseconds) => node().busy(milliseconds)),
    ];
  }

  /** Lets all finish what they do, then has each read everything. */
  async settle(maxStaleness: number, wait: (milliseconds: number) => Promise<unknown>): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.rest()));
    await wait(maxStaleness + 100);
    await Promise.all(this.nodes.map((node) => node.readAll()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }

  private async replace(index: number): Promise<void> {
    await this.nodes[index]?.kill();
    await this.launch(index);
  }

  private async launch(index: number): Promise<void> {
    const seed = ++this.started;
    const options = { ...this.optionsFor(index), name: `${index}#${seed}`, seed };
    this.nodes[index] = await NodeProcess.start(options, (operations) => this.history.push(...operations));
  }
}

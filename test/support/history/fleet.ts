import { type Fault, lasting } from './fault.js';
import type { NodeOptions } from './node/node-messages.js';
import { NodeProcess } from './node/node-process.js';
import type { Operation } from './operations.js';

/** The nodes of a history. A killed node is replaced at once, under another name. */
export class Fleet {
  readonly history: Operation[] = [];
  private readonly nodes: NodeProcess[] = [];
  /** Pending replacements by index: each waits for the previous one. */
  private readonly replaced: Promise<void>[] = [];
  private started = 0;

  private constructor(
    private readonly optionsFor: (node: number) => Omit<NodeOptions, 'name' | 'seed'>,
    private readonly hasFeed: boolean,
  ) {}

  static async start(
    count: number,
    optionsFor: (node: number) => Omit<NodeOptions, 'name' | 'seed'>,
    hasFeed: boolean,
  ): Promise<Fleet> {
    const fleet = new Fleet(optionsFor, hasFeed);
    await Promise.all(Array.from({ length: count }, (_, index) => fleet.launch(index)));
    return fleet;
  }

  faultsOf(index: number): readonly Fault[] {
    const node = () => this.nodes[index] as NodeProcess;
    return [
      { name: `node ${index} killed`, run: () => this.replace(index, async () => {}) },
      lasting(
        `node ${index} paused`,
        [500, 3000],
        () => node().pause(),
        () => node().resume(),
      ),
      lasting(`node ${index} busy`, [1000, 2000], (_, milliseconds) => node().busy(milliseconds)),
      ...(this.hasFeed ? [this.deathAfterCommit(index)] : []),
    ];
  }

  /** Only with a change feed: without one, the write becomes known when its intent expires. */
  private deathAfterCommit(index: number): Fault {
    return {
      name: `node ${index} dies between commit and end`,
      run: async () => {
        await this.nodes[index]?.dieAfterCommit();
        await this.replace(index, async () => {});
      },
    };
  }

  /** Kills all, runs work while all are dead, and starts as many. */
  async replaceAll(meanwhile: () => Promise<void>): Promise<void> {
    let alive = this.nodes.length;
    let happen = () => {};
    const happened = new Promise<void>((resolve) => {
      happen = resolve;
    }).then(meanwhile);
    const oneIsDead = async () => {
      if (--alive === 0) happen();
      await happened;
    };
    await Promise.all(this.nodes.map((_, index) => this.replace(index, oneIsDead)));
  }

  /** Lets all finish their operations, then lets each read everything. */
  async settle(maxStaleness: number, wait: (milliseconds: number) => Promise<unknown>): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.rest()));
    await wait(maxStaleness + 100);
    await Promise.all(this.nodes.map((node) => node.readAll()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }

  private replace(index: number, meanwhile: () => Promise<void>): Promise<void> {
    const before = this.replaced[index] ?? Promise.resolve();
    const done = before.then(async () => {
      await this.nodes[index]?.kill();
      await meanwhile();
      await this.launch(index);
    });
    this.replaced[index] = done;
    return done;
  }

  private async launch(index: number): Promise<void> {
    const seed = ++this.started;
    const options = { ...this.optionsFor(index), name: `${index}#${seed}`, seed };
    this.nodes[index] = await NodeProcess.start(options, (operations) => this.history.push(...operations));
  }
}

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RedisServer } from '../../servers/redis-server.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';
import { type Fault, lasting } from '../fault.js';
import { tableFaults } from './table-faults.js';
import type { Nodes, Topology } from './topology.js';

/** One Redis; each node reaches it through its own proxy. */
export class SingleTopology implements Topology {
  readonly waitReplicas = 0;
  private hasSnapshot = false;

  private constructor(
    private readonly server: RedisServer,
    private readonly directory: string,
    private readonly proxies: readonly TcpProxy[],
  ) {}

  static async start(nodes: number): Promise<SingleTopology> {
    const directory = await mkdtemp(join(tmpdir(), 'larder-history-'));
    const server = await RedisServer.start({ directory });
    const proxies = await Promise.all(Array.from({ length: nodes }, () => TcpProxy.to(server.port)));
    return new SingleTopology(server, directory, proxies);
  }

  urlFor(node: number): string {
    return this.proxyOf(node).url;
  }

  serverFaults(nodes: Nodes): readonly Fault[] {
    const { server } = this;
    const pause = (most: number) =>
      lasting(
        `Redis paused up to ${most} ms`,
        [200, most],
        () => server.pause(),
        () => server.resume(),
      );
    return [
      pause(600),
      pause(3000),
      { name: 'Redis killed and started empty', run: (random) => this.restart(random.between(0, 2000)) },
      { name: 'Redis saved', run: () => this.save() },
      { name: 'Redis restored', run: (random) => this.restore(random.between(0, 1500)) },
      {
        // No node is left that remembers what Redis has lost.
        name: 'Redis restored and all nodes killed',
        run: (random) => nodes.replaceAll(() => this.restore(random.between(0, 500))),
      },
      ...tableFaults(() => server),
    ];
  }

  networkFaultsOf(node: number): readonly Fault[] {
    const proxy = this.proxyOf(node);
    const heal = () => proxy.heal();
    return [
      lasting(`node ${node} cut off`, [200, 3000], () => proxy.cut(), heal),
      lasting(`node ${node} half-open`, [200, 4000], () => proxy.halfOpen(), heal),
      lasting(`node ${node} delayed`, [500, 3000], (random) => proxy.delay(random.between(20, 400)), heal),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.server.stop();
  }

  private proxyOf(node: number): TcpProxy {
    return this.proxies[node] as TcpProxy;
  }

  private async restart(downFor: number): Promise<void> {
    await this.server.kill();
    await rm(this.file('dump.rdb'), { force: true });
    await delay(downFor);
    await this.server.restart();
  }

  private async save(): Promise<void> {
    await this.server.command('SAVE');
    await copyFile(this.file('dump.rdb'), this.file('snapshot'));
    this.hasSnapshot = true;
  }

  private async restore(downFor: number): Promise<void> {
    if (!this.hasSnapshot) {
      await this.save();
      await delay(700);
    }
    await this.server.kill();
    await copyFile(this.file('snapshot'), this.file('dump.rdb'));
    await delay(downFor);
    await this.server.restart();
  }

  private file(name: string): string {
    return join(this.directory, name);
  }
}

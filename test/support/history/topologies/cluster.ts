import { RedisCluster } from '../../servers/redis-cluster.js';
import type { RedisServer } from '../../servers/redis-server.js';
import { type Fault, lasting } from '../fault.js';
import type { Random } from '../random.js';
import { tableFaults } from './table-faults.js';
import type { Topology } from './topology.js';

const TABLE = '{larder}:table';

/** Three masters with a replica each; the master of the version table fails most. */
export class ClusterTopology implements Topology {
  readonly waitReplicas = 1;

  private constructor(private readonly cluster: RedisCluster) {}

  static async start(): Promise<ClusterTopology> {
    return new ClusterTopology(await RedisCluster.start());
  }

  urlFor(): string {
    return `redis+cluster://${this.cluster.nodes.map(({ host, port }) => `${host}:${port}`)}`;
  }

  serverFaults(): readonly Fault[] {
    const { cluster } = this;
    const paused: RedisServer[] = [];
    // Shorter than the other nodes' failure timeout.
    const pause = lasting(
      'master of the table paused',
      [100, 600],
      async () => {
        const master = await cluster.masterOf(TABLE);
        master.pause();
        paused.push(master);
      },
      () => paused.pop()?.resume(),
    );
    const ofTable = { name: 'failover of the table', run: () => this.failOver(TABLE) };
    const ofAny = { name: 'failover of a master', run: (random: Random) => this.failOver(`${random.next()}`) };
    return [pause, ofTable, ofTable, ofTable, ofAny, ofAny, ...tableFaults(() => cluster.masterOf(TABLE))];
  }

  networkFaultsOf(): readonly Fault[] {
    return [];
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  /** The old master restarts at once as a replica, so that writes can be replicated again. */
  private async failOver(key: string): Promise<void> {
    const old = await this.cluster.masterOf(key);
    await this.cluster.failOver(key);
    await old.restart();
  }
}

import { until } from '../until.js';
import { RedisServer } from './redis-server.js';
import { caughtUp, isMaster } from './replication.js';

const SLOTS = 16_384;
const MASTERS = 3;
const ARGS = [
  ...['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '1000'],
  // A replica may take over even after a long time without its master.
  ...['--cluster-replica-validity-factor', '0'],
];

/** Three masters with a replica each, which takes over when its master fails. */
export class RedisCluster {
  private constructor(private readonly servers: readonly RedisServer[]) {}

  /** Resolves when every node sees a complete cluster and every replica is online. */
  static async start(): Promise<RedisCluster> {
    const servers = await Promise.all(Array.from({ length: MASTERS * 2 }, () => RedisServer.start({ args: ARGS })));
    const cluster = new RedisCluster(servers);
    await cluster.join();
    return cluster;
  }

  get nodes(): { host: string; port: number }[] {
    return this.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** The master of the key, as all nodes see it. */
  async masterOf(key: string): Promise<RedisServer> {
    const ports = await this.ownersOf(key);
    const master = this.servers.find(({ port }) => ports.every((said) => said === port));
    if (!master) throw new Error(`The nodes do not agree on the port of the master of ${key}: ${ports}`);
    return master;
  }

  /**
   * Kills the key's master once its replica has all earlier writes. Resolves when the replica has taken over
   * and every other node sees a complete cluster. May be called again: it first restarts the dead one as the
   * replica.
   */
  async failOver(key: string): Promise<void> {
    await this.revive();
    const old = await this.masterOf(key);
    const successor = await this.replicaOf(old);
    await caughtUp(successor, old);
    await old.kill();
    await until(async () => (await this.ownersOf(key)).every((port) => port === successor.port));
    await until(() => isMaster(successor));
    await this.everyNode(isComplete);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  private async join(): Promise<void> {
    const masters = this.servers.slice(0, MASTERS);
    const [first, ...others] = this.servers as [RedisServer, ...RedisServer[]];
    for (const [index, master] of masters.entries()) {
      const [from, end] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS)) as [number, number];
      await master.command('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`);
      await master.command('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${end - 1}`);
    }
    for (const { port } of others) await first.command('CLUSTER', 'MEET', '127.0.0.1', `${port}`);
    await this.everyNode(async (node) => (await connectedNodes(node)).length === this.servers.length);
    for (const [index, replica] of this.servers.slice(MASTERS).entries()) {
      const master = masters[index] as RedisServer;
      await replica.command('CLUSTER', 'REPLICATE', String(await master.command('CLUSTER', 'MYID')));
      await caughtUp(replica, master);
    }
    await this.settled();
  }

  /** Restarts dead nodes, and resolves when every master has a replica again. */
  private async revive(): Promise<void> {
    await Promise.all(this.servers.filter(({ hasEnded }) => hasEnded).map((server) => server.restart()));
    await this.settled();
  }

  private async settled(): Promise<void> {
    await this.everyNode(isComplete);
    await this.everyNode(async (node) => {
      const nodes = await connectedNodes(node);
      return nodes.filter(({ master }) => master !== undefined).length === this.servers.length - MASTERS;
    });
  }

  private async everyNode(holds: (node: RedisServer) => Promise<boolean>): Promise<void> {
    await Promise.all(this.running.map((node) => until(() => holds(node))));
  }

  private get running(): RedisServer[] {
    return this.servers.filter(({ hasEnded }) => !hasEnded);
  }

  private async replicaOf(master: RedisServer): Promise<RedisServer> {
    const id = await master.command('CLUSTER', 'MYID');
    const replica = (await connectedNodes(master)).find((node) => node.master === id);
    const server = this.servers.find(({ port }) => port === replica?.port);
    if (!server) throw new Error(`The master on port ${master.port} has no replica.`);
    return server;
  }

  private async ownersOf(key: string): Promise<(number | undefined)[]> {
    return Promise.all(this.running.map((node) => ownerOf(key, node)));
  }
}

interface Node {
  readonly port: number;
  /** The id of its master, if it is a replica. */
  readonly master?: string;
}

/** The nodes connected to this one, including itself. */
async function connectedNodes(node: RedisServer): Promise<Node[]> {
  const lines = String(await node.command('CLUSTER', 'NODES'))
    .trim()
    .split('\n');
  return lines
    .map((line) => line.split(' ') as [string, string, string, string, string, string, string, string])
    .filter(([, , flags, , , , , link]) => link === 'connected' && !/fail|handshake|noaddr/.test(flags))
    .map(([, address, , master]) => ({
      port: Number(/:(\d+)@/.exec(address)?.[1]),
      master: master === '-' ? undefined : master,
    }));
}

async function isComplete(node: RedisServer): Promise<boolean> {
  return String(await node.command('CLUSTER', 'INFO')).includes('cluster_state:ok');
}

/** The port of the key's master, as this node sees it. */
async function ownerOf(key: string, node: RedisServer): Promise<number | undefined> {
  const slot = Number(await node.command('CLUSTER', 'KEYSLOT', key));
  const ranges = (await node.command('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  return ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
}

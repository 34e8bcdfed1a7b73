import { RedisServer } from './redis-server.js';
import { caughtUp } from './replication.js';
import { TcpProxy } from './tcp-proxy.js';

/** A Redis as clouds offer it: one address for the current master of two servers, and connections that survive a failover. */
export class ManagedRedis {
  private constructor(
    private master: RedisServer,
    private replica: RedisServer,
    private readonly proxy: TcpProxy,
  ) {}

  static async start(): Promise<ManagedRedis> {
    const [master, replica] = await Promise.all([RedisServer.start(), RedisServer.start()]);
    await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
    await caughtUp(replica, master);
    return new ManagedRedis(master, replica, await TcpProxy.to(master.port));
  }

  get url(): string {
    return this.proxy.url;
  }

  /** The address leads to the other server from now on; the old master stays up as its replica, with all its connections. */
  async failOver(): Promise<void> {
    const [old, successor] = [this.master, this.replica];
    await caughtUp(successor, old);
    await successor.command('REPLICAOF', 'NO', 'ONE');
    this.proxy.leadTo(successor.port);
    await old.command('REPLICAOF', '127.0.0.1', String(successor.port));
    [this.master, this.replica] = [successor, old];
  }

  /** The last commands of the clients still connected to the demoted server, except its master and this one. */
  async strandedClients(): Promise<readonly string[]> {
    const clients = String(await this.replica.command('CLIENT', 'LIST'))
      .trim()
      .split('\n');
    return clients
      .filter((line) => !/ flags=[A-Za-z]*[MS]/.test(line))
      .map((line) => / cmd=(\S+)/.exec(line)?.[1] ?? '')
      .filter((command) => command !== 'client|list');
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await Promise.all([this.master.stop(), this.replica.stop()]);
  }
}

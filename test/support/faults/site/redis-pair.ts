import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisServer } from '../../servers/redis-server.js';
import { caughtUp } from '../../servers/replication.js';
import { TcpProxy } from '../../servers/tcp-proxy.js';

const ARGS = ['--enable-debug-command', 'yes', '--busy-reply-threshold', '100'];

interface Home {
  readonly server: RedisServer;
  readonly directory: string;
}

/** A Redis and its replica. Each process reaches the current master through its own proxy. */
export class RedisPair {
  private constructor(
    private first: Home,
    private second: Home,
    readonly lines: readonly TcpProxy[],
  ) {}

  static async start(lines: number): Promise<RedisPair> {
    const [first, second] = await Promise.all([newHome(), newHome()]);
    await second.server.command('REPLICAOF', '127.0.0.1', String(first.server.port));
    await caughtUp(second.server, first.server);
    const proxies = await Promise.all(Array.from({ length: lines }, () => TcpProxy.to(first.server.port)));
    return new RedisPair(first, second, proxies);
  }

  get master(): RedisServer {
    return this.first.server;
  }

  get replica(): RedisServer {
    return this.second.server;
  }

  command(...args: [string, ...string[]]): Promise<unknown> {
    return this.master.command(...args);
  }

  /** Sends commands over a connection opened before Redis refuses new ones. */
  async withConnection(work: (connection: Redis) => Promise<unknown>): Promise<void> {
    const connection = new Redis({ port: this.master.port, host: '127.0.0.1', retryStrategy: () => null });
    connection.on('error', () => {});
    try {
      await connection.ping();
      await work(connection);
    } finally {
      connection.disconnect();
    }
  }

  /** Promotes the replica; the old master stays up as its replica, with all its connections. */
  async failOver(): Promise<void> {
    await caughtUp(this.replica, this.master);
    await this.replica.command('REPLICAOF', 'NO', 'ONE');
    for (const line of this.lines) line.leadTo(this.replica.port);
    await this.master.command('REPLICAOF', '127.0.0.1', String(this.replica.port));
    this.swap();
    await caughtUp(this.replica, this.master);
  }

  /** Kills the master and promotes the replica; the old master restarts, empty, as its replica. */
  async loseMaster(): Promise<void> {
    await caughtUp(this.replica, this.master);
    await this.master.kill();
    await this.replica.command('REPLICAOF', 'NO', 'ONE');
    for (const line of this.lines) line.leadTo(this.replica.port);
    this.swap();
    await rm(this.file(this.second, 'dump.rdb'), { force: true });
    await this.replica.restart();
    await this.replica.command('REPLICAOF', '127.0.0.1', String(this.master.port));
    await caughtUp(this.replica, this.master);
  }

  /** Saves the master's data for `restore`. */
  async keep(): Promise<void> {
    await this.command('SAVE');
    await copyFile(this.file(this.first, 'dump.rdb'), this.file(this.first, 'kept'));
  }

  /** Kills the master, and restarts it with the saved data or empty. */
  async comeBack(withWhat: 'kept' | 'nothing', downFor: () => Promise<unknown>): Promise<void> {
    await this.master.kill();
    const dump = this.file(this.first, 'dump.rdb');
    if (withWhat === 'kept') await copyFile(this.file(this.first, 'kept'), dump);
    else await rm(dump, { force: true });
    await downFor();
    await this.master.restart();
    await caughtUp(this.replica, this.master);
  }

  async stop(): Promise<void> {
    await Promise.all(this.lines.map((line) => line.close()));
    await Promise.all([this.master.stop(), this.replica.stop()]);
  }

  private swap(): void {
    [this.first, this.second] = [this.second, this.first];
  }

  private file({ directory }: Home, name: string): string {
    return join(directory, name);
  }
}

async function newHome(): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), 'larder-faults-'));
  return { directory, server: await RedisServer.start({ directory, args: ARGS }) };
}

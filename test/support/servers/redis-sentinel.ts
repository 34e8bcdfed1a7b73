import { until } from '../until.js';
import { RedisServer } from './redis-server.js';
import { caughtUp, isMaster } from './replication.js';

const NAME = 'larder';
const QUORUM = '2';
const FAILOVER_TIMEOUT = '2000';
// Each has another timeout: when all notice the master's failure at the same moment, each votes for itself, and they
// try again only after twice the timeout.
const DOWN_AFTER = ['600', '900', '3000'];
// The interval at which Sentinels ping the servers and publish to each other.
// - A Sentinel treats a server as down until its first ping is answered: with pings as far apart as the shortest timeout,
//   it would depose a master right after its election.
// - A Sentinel promotes no replica whose state is older than five ping periods, and queries the state once a second.
// - A Sentinel makes a returning master a replica after four publish periods.
const PERIODS = ['ping-period', '250', 'info-period', '500', 'publish-period', '250'];

/** A master, its replica, and three Sentinels that promote the replica when the master fails. */
export class RedisSentinel {
  readonly name = NAME;

  private constructor(
    /** The first master. */
    readonly master: RedisServer,
    /** The first replica. */
    readonly replica: RedisServer,
    private readonly watchers: readonly RedisServer[],
  ) {}

  /** Resolves when the replica is online, and every Sentinel knows it and the other Sentinels. */
  static async start(): Promise<RedisSentinel> {
    const [master, replica, ...watchers] = await Promise.all([
      RedisServer.start(),
      RedisServer.start(),
      ...DOWN_AFTER.map(() => RedisServer.start({ args: ['--sentinel'] })),
    ]);
    const sentinel = new RedisSentinel(master, replica, watchers);
    await sentinel.join();
    return sentinel;
  }

  get sentinels(): { host: string; port: number }[] {
    return this.watchers.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** The master, as all Sentinels see it. */
  async currentMaster(): Promise<RedisServer> {
    const ports = await Promise.all(this.watchers.map(masterPort));
    const master = [this.master, this.replica].find(({ port }) => ports.every((said) => said === port));
    if (!master) throw new Error(`The sentinels do not agree on the master's port: ${ports}`);
    return master;
  }

  /**
   * Kills the master once its replica has all earlier writes. Resolves when all Sentinels name the replica
   * and it accepts writes.
   * May be called again: it first restarts the dead one as the replica.
   */
  async failOver(): Promise<void> {
    const old = await this.currentMaster();
    const successor = old === this.master ? this.replica : this.master;
    if (successor.hasEnded) await successor.restart();
    await caughtUp(successor, old);
    await this.everySentinel(seesReplica);
    await old.kill();
    await until(async () => {
      const ports = await Promise.all(this.watchers.map(masterPort));
      return ports.every((port) => port === successor.port) && isMaster(successor);
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.watchers, this.replica, this.master].map((server) => server.stop()));
  }

  private async join(): Promise<void> {
    const { port } = this.master;
    await this.replica.command('REPLICAOF', '127.0.0.1', `${port}`);
    await caughtUp(this.replica, this.master);
    await Promise.all(
      this.watchers.map(async (watcher, index) => {
        const downAfter = ['down-after-milliseconds', DOWN_AFTER[index] as string];
        await watcher.command('SENTINEL', 'DEBUG', ...PERIODS);
        await watcher.command('SENTINEL', 'MONITOR', NAME, '127.0.0.1', `${port}`, QUORUM);
        await watcher.command('SENTINEL', 'SET', NAME, ...downAfter, 'failover-timeout', FAILOVER_TIMEOUT);
      }),
    );
    await this.everySentinel(isComplete);
    await this.everySentinel(seesReplica);
  }

  private async everySentinel(holds: (sentinel: RedisServer) => Promise<boolean>): Promise<void> {
    await Promise.all(this.watchers.map((watcher) => until(() => holds(watcher))));
  }
}

async function isComplete(sentinel: RedisServer): Promise<boolean> {
  return /status=ok,.*slaves=1,sentinels=3/.test(String(await sentinel.command('INFO', 'sentinel')));
}

/** Whether it would promote the replica: not before it has queried the replica since the last failover. */
async function seesReplica(sentinel: RedisServer): Promise<boolean> {
  const [fields] = (await sentinel.command('SENTINEL', 'REPLICAS', NAME)) as [string[]];
  const said = (name: string) => fields[fields.indexOf(name) + 1];
  return said('flags') === 'slave' && said('role-reported') === 'slave' && said('master-link-status') === 'ok';
}

async function masterPort(sentinel: RedisServer): Promise<number> {
  const [, port] = (await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [string, string];
  return Number(port);
}

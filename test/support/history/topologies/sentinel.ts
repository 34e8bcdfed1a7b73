import { setTimeout as delay } from 'node:timers/promises';
import { RedisSentinel } from '../../servers/redis-sentinel.js';
import type { RedisServer } from '../../servers/redis-server.js';
import { until } from '../../until.js';
import { type Fault, lasting } from '../fault.js';
import type { Random } from '../random.js';
import { tableFaults } from './table-faults.js';
import type { Topology } from './topology.js';

/** A master and its replica under Sentinels; the master fails and the replica is promoted. */
export class SentinelTopology implements Topology {
  readonly waitReplicas = 1;

  private constructor(private readonly sentinel: RedisSentinel) {}

  static async start(): Promise<SentinelTopology> {
    return new SentinelTopology(await RedisSentinel.start());
  }

  urlFor(): string {
    const hosts = this.sentinel.sentinels.map(({ host, port }) => `${host}:${port}`);
    return `redis+sentinel://${hosts}/${this.sentinel.name}`;
  }

  serverFaults(): readonly Fault[] {
    const { sentinel } = this;
    const paused: RedisServer[] = [];
    // Shorter than the Sentinels' failure timeout.
    const pause = lasting(
      'master paused',
      [100, 350],
      async () => {
        const master = await sentinel.currentMaster();
        master.pause();
        paused.push(master);
      },
      () => paused.pop()?.resume(),
    );
    const failOver = { name: 'failover', run: () => this.failOver() };
    const freeze = { name: 'master frozen until it is replaced', run: (random: Random) => this.freeze(random) };
    const table = tableFaults(() => sentinel.currentMaster());
    return [pause, failOver, failOver, failOver, freeze, freeze, ...table];
  }

  networkFaultsOf(): readonly Fault[] {
    return [];
  }

  stop(): Promise<void> {
    return this.sentinel.stop();
  }

  /** The old master restarts at once as a replica, so that writes can be replicated again. */
  private async failOver(): Promise<void> {
    const { sentinel } = this;
    await sentinel.failOver();
    await Promise.all([sentinel.master, sentinel.replica].filter((one) => one.hasEnded).map((one) => one.restart()));
  }

  /** The old master wakes up later and acts as master until a Sentinel demotes it. */
  private async freeze(random: Random): Promise<void> {
    const { sentinel } = this;
    const old = await sentinel.currentMaster();
    old.pause();
    await until(async () => (await sentinel.currentMaster().catch(() => old)) !== old);
    await delay(random.between(0, 2000));
    old.resume();
    // Before this, no other replica could take over.
    await until(async () => `${await old.command('INFO', 'replication').catch(() => '')}`.includes('link_status:up'));
  }
}

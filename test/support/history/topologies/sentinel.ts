import { setTimeout as delay } from 'node:timers/promises';
import { RedisSentinel } from '../../servers/redis-sentinel.js';
import type { RedisServer } from '../../servers/redis-server.js';
import { until } from '../../until.js';
import { type Fault, lasting } from '../fault.js';
import type { Random } from '../random.js';
import { tableFaults } from './table-faults.js';
import type { Topology } from './topology.js';

/** A master and its replica under Sentinels; the master fails, and the replica takes its place. */
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
    // Shorter than what the sentinels take for its end.
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

  /** The old master comes back at once, as a replica, so that writes can be replicated again. */
  private async failOver(): Promise<void> {
    const { sentinel } = this;
    await sentinel.failOver();
    await Promise.all([sentinel.master, sentinel.replica].filter((one) => one.hasEnded).map((one) => one.restart()));
  }

  /** The old master wakes up later and takes itself for the master until it is told otherwise. */
  private async freeze(random: Random): Promise<void> {
    const { sentinel } = this;
    const old = await sentinel.currentMaster();
    old.pause();
    await until(async () => (await sentinel.currentMaster().catch(() => old)) !== old);
    await delay(random.between(0, 2000));
    old.resume();
    // No other replica could take over before.
    await until(async () => `${await old.command('INFO', 'replication').catch(() => '')}`.includes('link_status:up'));
  }
}

import { createCache, type FleetStats } from 'nest-larder';

/** A node reads this key so many times, each load taking so many milliseconds; then it sends the statistics of the fleet. */
export interface Reads {
  readonly key: string;
  readonly times: number;
}

/** What a node sends after its reads. */
export type FleetFigures = Pick<FleetStats, 'hits' | 'misses' | 'loads' | 'entries' | 'problem'> & {
  readonly pids: readonly number[];
  readonly minutes: number;
};

/** One node that publishes its figures each second. */
async function main(redis: string): Promise<void> {
  process.on('disconnect', () => process.exit());
  const cache = await createCache({ redis, redisTimeout: '2s', fleetStats: '1s' });
  process.on('message', (reads: Reads | 'stop') => void (reads === 'stop' ? stop() : answer(reads)));
  process.send?.('ready');

  async function answer({ key, times }: Reads): Promise<void> {
    for (let call = 0; call < times; call++) await cache.getOrLoad([key], async () => key, { ttl: '1h' });
    const { hits, misses, loads, entries, problem, nodes, history } = await cache.stats({ fleet: true });
    const figures = { hits, misses, loads, entries, problem, pids: nodes.map(({ pid }) => pid) };
    process.send?.({ ...figures, minutes: history.reduce((sum, minute) => sum + minute.hits + minute.misses, 0) });
  }

  async function stop(): Promise<void> {
    await cache.close();
    process.disconnect();
  }
}

await main(process.argv[2] as string);

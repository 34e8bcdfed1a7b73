import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { connectedCache } from '../measure/connected-cache.js';
import { median } from '../measure/figures.js';
import { startRedis } from '../measure/redis.js';

const ROUNDS = 300;
const KEY = ['tournaments', '7'] as const;

/** Latency of messages to another node, in milliseconds. */
export interface Visibility {
  /** From the start of an invalidation until another node stops serving the old value. */
  readonly larder: number;
  /** From the start of a PUBLISH until a subscriber receives the message. */
  readonly publish: number;
}

export async function visibility(): Promise<Visibility> {
  const redis = await startRedis();
  const options = { redis: redis.url, keyPrefix: 'visibility' };
  const [one, other] = [await connectedCache(options), await connectedCache(options)];
  const [publisher, subscriber] = [new Redis(redis.url), new Redis(redis.url)];
  await subscriber.subscribe('news');
  const times = { larder: [] as number[], publish: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    await other.set(KEY, { round }, { ttl: '1m' });
    while ((await other.get(KEY)) === undefined) await turn();
    let began = performance.now();
    void one.invalidate(KEY);
    while ((await other.get(KEY)) !== undefined) await turn();
    times.larder.push(performance.now() - began);
    const heard = once(subscriber, 'message');
    began = performance.now();
    void publisher.publish('news', String(round));
    await heard;
    times.publish.push(performance.now() - began);
  }
  for (const client of [publisher, subscriber]) client.disconnect();
  await Promise.all([one.close(), other.close()]);
  await redis.stop();
  return { larder: median(times.larder), publish: median(times.publish) };
}

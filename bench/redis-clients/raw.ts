import { createClient } from 'redis';
import type { Payload } from '../redis-hit/payloads.js';
import type { Subject } from '../redis-hit/subject.js';

/** What an application with node-redis and without a cache library would write. */
export async function nodeRedis(url: string, { ids, valueUnder }: Payload): Promise<Subject> {
  const redis = await createClient({ url })
    .on('error', () => {})
    .connect();
  const nameOf = (id: string) => `raw-node-redis:tournaments:${id}`;
  for (const id of ids) await redis.set(nameOf(id), JSON.stringify(valueUnder(id)), { EX: 3600 });
  return {
    name: 'node-redis GET',
    read: async (id) => JSON.parse((await redis.get(nameOf(id))) as string),
    readMany: async (batch) => (await redis.mGet(batch.map(nameOf))).map((text) => JSON.parse(text as string)),
  };
}

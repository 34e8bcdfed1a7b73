import { Redis, type RedisOptions } from 'ioredis';
import type { Payload } from './payloads.js';
import type { Subject } from './subject.js';

/** What an application without a cache library would write. */
export function ioredis(url: string, payload: Payload): Promise<Subject> {
  return subject('ioredis GET', url, payload);
}

/** The same with ioredis's automatic pipelining for many callers. */
export function ioredisPipelined(url: string, payload: Payload): Promise<Subject> {
  return subject('ioredis GET, auto-pipelined', url, payload, { enableAutoPipelining: true });
}

async function subject(
  name: string,
  url: string,
  { size, ids, valueUnder }: Payload,
  options: RedisOptions = {},
): Promise<Subject> {
  const redis = new Redis(url, options);
  const nameOf = (id: string) => `raw-${size}:tournaments:${id}`;
  for (const id of ids) await redis.set(nameOf(id), JSON.stringify(valueUnder(id)), 'EX', 3600);
  return {
    name,
    read: async (id) => JSON.parse((await redis.get(nameOf(id))) as string),
    readMany: async (batch) => (await redis.mget(batch.map(nameOf))).map((text) => JSON.parse(text as string)),
  };
}

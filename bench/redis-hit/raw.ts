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

/** One `MGET` for what the callers of a turn ask, without stamps, checks and errors: what any cache can gain by sharing commands. */
export async function ioredisShared(url: string, payload: Payload): Promise<Subject> {
  const { name, readMany = async () => [] } = await subject('ioredis MGET of a turn', url, payload);
  let waiting: { readonly id: string; readonly resolve: (value: unknown) => void }[] = [];
  const send = async () => {
    const asked = waiting;
    waiting = [];
    const values = (await readMany(asked.map(({ id }) => id))) as unknown[];
    for (const [index, { resolve }] of asked.entries()) resolve(values[index]);
  };
  const read = (id: string) =>
    new Promise((resolve) => {
      if (waiting.push({ id, resolve }) === 1) setImmediate(send);
    });
  return { name, read };
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

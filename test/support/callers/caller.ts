import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createCache, type Key } from 'nest-larder';
import { type CallerNews, type CallerOptions, GATE, type Go, LOADS } from './caller-messages.js';

/** One process of a fleet, in which many callers request one key at the same moment. */
async function main({ redis, callers, loadTime, firstDies, isHeld, batch, cached }: CallerOptions): Promise<void> {
  const tell = (news: CallerNews) => process.send?.(news);
  process.on('disconnect', () => process.exit());
  const cache = await createCache({ redis });
  const side = new Redis(redis);
  const gate = side.duplicate();
  await side.ping();

  const load = async () => {
    const count = await side.incr(LOADS);
    await delay(loadTime / 2);
    if (firstDies && count === 1) process.kill(process.pid, 'SIGKILL');
    await delay(loadTime / 2);
    if (count === 2 && isHeld) await gate.blpop(GATE, 0);
    return `what load ${count} brought`;
  };

  const loadMany = async (keys: readonly unknown[]) => {
    const count = await side.incrby(LOADS, keys.length);
    await delay(loadTime / 2);
    if (firstDies && count === keys.length) process.kill(process.pid, 'SIGKILL');
    await delay(loadTime / 2);
    return keys.map(() => 'loaded');
  };
  const readBatch = async (count: number) => {
    const keys = Array.from({ length: count }, (_, id): Key => ['cold', id]);
    return (await cache.getMany(keys, loadMany, cached)).join(' ');
  };
  const readOne = async (id: number) =>
    String(await cache.getOrLoad(['cold', id], async () => (await loadMany([id]))[0], cached));

  const ask = async (at: number) => {
    await delay(at - Date.now());
    const read = (caller: number) => {
      if (batch === undefined) return cache.getOrLoad(['cold'], load, cached);
      return caller === 0 ? readBatch(batch) : readOne(caller % batch);
    };
    const answers = await Promise.all(Array.from({ length: callers }, (_, caller) => read(caller)));
    const took = Date.now() - at;
    const values = [...new Set(answers)];
    const counted = values.map((value) => [value, answers.filter((answer) => answer === value).length] as const);
    tell({ type: 'answered', values: counted, took });
  };
  process.on('message', ({ at }: Go) => void ask(at));
  tell({ type: 'ready' });
}

await main(JSON.parse(process.argv[2] as string));

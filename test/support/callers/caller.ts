import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createCache } from 'nest-larder';
import { type CallerNews, type CallerOptions, GATE, type Go, LOADS } from './caller-messages.js';

/** One process of a fleet, in which many callers request one key at the same moment. */
async function main({ redis, callers, loadTime, firstDies, isHeld, cached }: CallerOptions): Promise<void> {
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

  const ask = async (at: number) => {
    await delay(at - Date.now());
    const answers = await Promise.all(Array.from({ length: callers }, () => cache.getOrLoad(['cold'], load, cached)));
    const took = Date.now() - at;
    const values = [...new Set(answers)];
    const counted = values.map((value) => [value, answers.filter((answer) => answer === value).length] as const);
    tell({ type: 'answered', values: counted, took });
  };
  process.on('message', ({ at }: Go) => void ask(at));
  tell({ type: 'ready' });
}

await main(JSON.parse(process.argv[2] as string));

import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type CounterBatch, connectToRedis, defineCounter } from 'nest-larder/jobs';
import { Pool } from 'pg';
import { CLAIM_TTL, type CounterNews, type CounterProcessOptions, KEYS } from './counter-messages.js';

const options = JSON.parse(process.argv[2] as string) as CounterProcessOptions;
const tell = (news: CounterNews) => process.send?.(news);
async function ask(news: CounterNews): Promise<void> {
  const answered = once(process, 'message');
  tell(news);
  await answered;
}
process.on('disconnect', () => process.exit());

/** The steps that a flush has passed, and the action at one of them. */
let steps: string[] = [];
let fatal = 0;
let isFlushing = false;
async function step(name: string): Promise<void> {
  if (!isFlushing) return;
  steps.push(name);
  if (steps.length !== fatal) return;
  if (!options.isTryingRedis) process.kill(process.pid, 'SIGKILL');
  await ask({ type: 'restart redis' });
}

const pool = new Pool({ connectionString: options.database, max: 2 });
async function write({ id, counts }: CounterBatch): Promise<void> {
  const client = await pool.connect();
  try {
    await step('before the transaction');
    await client.query('begin');
    const { rowCount } = await client.query('insert into batches values ($1) on conflict do nothing', [id]);
    if (rowCount === 1) {
      await client.query(
        'insert into counts select * from unnest($1::text[], $2::bigint[]) on conflict (key) do update set n = counts.n + excluded.n',
        [[...counts.keys()], [...counts.values()]],
      );
    }
    await step('before the commit');
    await client.query('commit');
    await step('after the commit');
  } finally {
    client.release(true);
  }
}

const client = new Redis(options.redis, {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 50,
});
client.on('error', () => {});
await once(client, 'ready');
// Larder works with a copy of this client.
const call = Redis.prototype.callBuffer as (this: Redis, ...args: unknown[]) => Promise<unknown>;
Redis.prototype.callBuffer = async function (this: Redis, ...args: unknown[]) {
  await step(`before ${args[0]}`);
  const reply = await call.apply(this, args);
  await step(`after ${args[0]}`);
  return reply;
} as typeof Redis.prototype.callBuffer;

const views = defineCounter({ name: 'views', flushEvery: '1d', write, onError: () => {} });
await connectToRedis([views], { redis: client, redisTimeout: '5s', claimTtl: CLAIM_TTL });

async function add(count: number): Promise<void> {
  for (let done = 0; done < count; ) {
    const portion = Math.min(100, count - done);
    await Promise.all(Array.from({ length: portion }, (_, n) => views.add(`key-${(done + n) % KEYS}`)));
    done += portion;
  }
  // Waits until the parent has the message: otherwise acknowledged increments would be lost with the process.
  await ask({ type: 'acknowledged', count });
}

/** Flushes until nothing is pending, also while Redis restarts. */
async function flush(): Promise<void> {
  isFlushing = true;
  while (
    !(await views
      .flush()
      .then(() => true)
      .catch(() => false))
  )
    await delay(50);
  isFlushing = false;
}

await add(options.adds);
if (options.isTryingRedis) {
  for (fatal = 1; ; fatal++) {
    steps = [];
    await add(1000);
    await flush();
    if (steps.length < fatal) break;
  }
} else if (options.diesAt > 0) {
  fatal = options.diesAt;
  await flush();
}
tell({ type: 'survived', steps });

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { connectToRedis, defineCounter } from '../../../libs/larder/src/jobs/index.js';
import { CLAIM_TTL, type CounterNews, type CounterProcessOptions } from '../../support/jobs/counter-messages.js';
import { forkProgram } from '../../support/program.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** The minimum number of increments of all processes; `npm run test:soak` makes 200,000. */
const TOTAL = Number(process.env.LARDER_TEST_COUNTER_ADDS ?? 60_000);

let redis: RedisServer;
let postgres: PostgresServer;
let database: Client;
let acknowledged = 0;

beforeAll(async () => {
  // By default Redis may respond before it has written: then a kill can lose acknowledged increments.
  redis = await RedisServer.start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  postgres = await PostgresServer.start();
  database = new Client({ connectionString: postgres.url });
  await database.connect();
  await database.query(
    'create table batches (id text primary key); create table counts (key text primary key, n bigint)',
  );
}, 60_000);
afterAll(async () => {
  await database.end();
  await postgres.stop();
  await redis.stop();
});

interface Started {
  readonly child: ChildProcess;
  /** The report of a process that passed every step; `undefined` if it died. */
  readonly survived: Promise<readonly string[] | undefined>;
}

function start(options: Partial<CounterProcessOptions>): Started {
  const all: CounterProcessOptions = {
    redis: redis.url,
    database: postgres.url,
    adds: 0,
    diesAt: 0,
    isTryingRedis: false,
    ...options,
  };
  const child = forkProgram('jobs/counter-process', [all]);
  const survived = new Promise<readonly string[] | undefined>((resolve) => {
    child.once('exit', () => resolve(undefined));
    child.on('message', (news: CounterNews) => {
      if (news.type === 'acknowledged') {
        acknowledged += news.count;
        child.send('done');
      }
      if (news.type === 'survived') resolve(news.steps);
      if (news.type === 'restart redis') void redis.restart().then(() => child.send('done'));
    });
  });
  return { child, survived };
}

async function end({ child }: Started): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

it('loses and repeats no acknowledged increment when processes and Redis die at every step of a flush', async () => {
  const passed: string[][] = [];
  // Three processes add all the time, two of them while Redis is killed at each step of the third's flushes.
  const adders = [
    start({ adds: TOTAL / 4 }),
    start({ adds: TOTAL / 4 }),
    start({ adds: TOTAL / 10, isTryingRedis: true }),
  ];
  const steps = (await adders[2]?.survived) as readonly string[];
  expect(steps.length).toBeGreaterThanOrEqual(9);
  await Promise.all(adders.map(({ survived }) => survived));
  // The fourth dies and is restarted at each step of a flush.
  for (let diesAt = 1; ; diesAt++) {
    const victim = start({ adds: 1000, diesAt });
    const all = await victim.survived;
    if (all !== undefined) {
      passed.push([...all]);
      await end(victim);
      break;
    }
    expect(victim.child.signalCode).toBe('SIGKILL');
    passed.push([]);
  }
  expect(passed.length - 1).toBeGreaterThanOrEqual(9);
  const rest = start({ adds: Math.max(0, TOTAL - acknowledged) });
  await rest.survived;
  await Promise.all([...adders, rest].map(end));
  expect(acknowledged).toBeGreaterThanOrEqual(TOTAL);

  // The next process to flush finds the batches of the dead ones.
  const views = defineCounter({
    name: 'views',
    flushEvery: '1d',
    write: async ({ id, counts }) => {
      await database.query('begin');
      const { rowCount } = await database.query('insert into batches values ($1) on conflict do nothing', [id]);
      for (const [key, count] of rowCount === 1 ? counts : []) {
        await database.query('update counts set n = n + $2 where key = $1', [key, count]);
      }
      await database.query('commit');
    },
  });
  const fleet = await connectToRedis([views], { redis: redis.url, redisTimeout: '5s', claimTtl: CLAIM_TTL });
  // The dead processes may have left nothing to flush.
  await views.add('key-0');
  acknowledged++;
  const left = async () => Number(await redis.command('ZCARD', '{larder:counter:views:0}:batches'));
  await until(async () => {
    await views.flush().catch(() => {});
    return (await left()) === 0;
  }, 60_000);
  await fleet.close();
  const { rows } = await database.query('select sum(n)::int as sum from counts');
  console.log(`${acknowledged} acknowledged, ${rows[0].sum} in the database; the steps: ${passed.at(-1)?.join(', ')}`);
  expect(rows[0].sum).toBe(acknowledged);
}, 240_000);

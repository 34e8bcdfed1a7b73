import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Goal, judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import { compareEndpoints } from './endpoints.js';
import type { Cost, Costs } from './redis-child.js';

const HERE = fileURLToPath(new URL('../../..', import.meta.url));
const before = process.argv.slice(2).find((argument) => argument.includes('/'));
if (before === undefined) {
  console.error('Name the folder of another checkout whose library is built: npm run bench -- compare ../before');
  process.exit(1);
}

console.log(describeRun(`This build beside that of ${before}, in one process, by processor time`));
const [what] = process.argv.slice(2).filter((argument) => ['memory', 'redis', 'endpoints'].includes(argument));
if (what === undefined || what === 'memory') await compareInMemory(resolve(before));
if (what === undefined || what === 'redis') await compareThroughRedis(resolve(before));
if (what === undefined || what === 'endpoints') await compareEndpointsOf(resolve(before));

async function compareInMemory(former: string): Promise<void> {
  // The engine optimises the build loaded second less, so each build is second once.
  const after = await messageOf<Record<string, number>>('child.js', former, HERE);
  const swapped = await messageOf<Record<string, number>>('child.js', HERE, former);
  const speeds = Object.entries(after).map(([path, speed]) => ({
    path,
    speed: Math.sqrt(speed / (swapped[path] ?? 1)),
  }));
  printTable(
    ['path in memory', 'speed to before'],
    speeds.map(({ path, speed }) => [path, speed.toFixed(3)]),
  );
  judge(speeds.map(({ path, speed }): Goal => ({ what: `${path}, to before`, figure: speed, atLeast: 0.97 })));
}

async function compareThroughRedis(former: string): Promise<void> {
  const redis = await startRedis();
  const after = await messageOf<Costs>('redis-child.js', former, HERE, redis.url);
  const swapped = await messageOf<Costs>('redis-child.js', HERE, former, redis.url);
  await redis.stop();
  const rows = Object.entries(after).map(([path, { first, second, ioredis }]) => {
    const other = swapped[path] as Record<string, Cost>;
    const was = meanOf(first, other.second);
    const is = meanOf(second, other.first);
    const raw = ioredis && meanOf(ioredis, other.ioredis);
    return { path, was, is, raw };
  });
  printTable(
    [
      'path through Redis',
      'µs before',
      'µs now',
      'speed to before',
      'speed to ioredis',
      'µs of Redis: before',
      'now',
      'ioredis',
    ],
    rows.map(({ path, was, is, raw }) => [
      path,
      was.own.toFixed(1),
      is.own.toFixed(1),
      (was.own / is.own).toFixed(3),
      raw ? (raw.own / is.own).toFixed(3) : '',
      was.redis.toFixed(1),
      is.redis.toFixed(1),
      raw ? raw.redis.toFixed(1) : '',
    ]),
  );
  judge(
    rows.map(({ path, was, is }): Goal => ({ what: `${path}, to before`, figure: was.own / is.own, atLeast: 0.95 })),
  );
}

async function compareEndpointsOf(former: string): Promise<void> {
  const redis = await startRedis();
  const goals = await compareEndpoints(former, HERE, redis.url);
  await redis.stop();
  judge(goals);
}

function meanOf(one: Cost | undefined, other: Cost | undefined): Cost {
  const [first, second] = [one, other] as [Cost, Cost];
  return { own: (first.own + second.own) / 2, redis: (first.redis + second.redis) / 2 };
}

async function messageOf<Message>(program: string, ...args: readonly string[]): Promise<Message> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), args, { execArgv: ['--no-warnings'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${program} ended without an answer`)));
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [Message];
  ended.catch(() => {});
  return message;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../history/random.js';
import type { RedisPair } from '../site/redis-pair.js';
import { type FaultKind, lasting, repeated } from './kind.js';

/** Faults of Redis itself. */
export const REDIS_KINDS: readonly FaultKind[] = [
  kind('redis-paused', (redis, random) => paused(redis, random.between(200, 700))),
  kind('redis-paused-long', (redis) => paused(redis, 3000)),
  kind('debug-sleep', (redis, random) => redis.command('DEBUG', 'SLEEP', `${random.between(0.3, 2)}`)),
  kind('script-that-does-not-end', async (redis) => {
    const endless = redis.command('EVAL', 'while true do end', '0').catch(() => {});
    await delay(800);
    await redis.command('SCRIPT', 'KILL').catch(() => {});
    await endless;
  }),
  kind('client-kill', (redis) => repeated(4, 150, () => redis.command('CLIENT', 'KILL', 'TYPE', 'normal'))),
  kind('client-kill-pubsub', (redis) => repeated(4, 150, () => redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub'))),
  kind('client-pause', async (redis) => {
    await redis.command('CLIENT', 'PAUSE', '1500', 'WRITE');
    await delay(1500);
  }),
  kind('output-buffer-limit', (redis) =>
    configured(redis, 2000, 'client-output-buffer-limit', ['normal 4096 4096 1', 'normal 0 0 0']),
  ),
  kind('out-of-memory', (redis) => configured(redis, 2000, 'maxmemory', ['1mb', '0'])),
  kind('no-replicas-to-write-to', (redis) => configured(redis, 2000, 'min-replicas-to-write', ['5', '0'])),
  kind('idle-clients-closed', (redis) => configured(redis, 3000, 'timeout', ['1', '0'])),
  kind('too-many-clients', (redis) =>
    redis.withConnection((connection) =>
      lasting(
        2000,
        async () => {
          await connection.config('SET', 'maxclients', '3');
          await connection.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        },
        () => connection.config('SET', 'maxclients', '10000'),
      ),
    ),
  ),
  kind('writes-forbidden', (redis) => accessChanged(redis, ['-@write'], ['+@all'])),
  kind('scripts-forbidden', (redis) => accessChanged(redis, ['-@scripting'], ['+@all'])),
  kind('password-changed', (redis) => accessChanged(redis, ['resetpass', '>another'], ['resetpass', 'nopass'])),
  kind('read-only', (redis) =>
    lasting(
      2000,
      () => redis.command('REPLICAOF', '127.0.0.1', String(redis.replica.port)),
      () => redis.command('REPLICAOF', 'NO', 'ONE'),
    ),
  ),
  kind('master-down', (redis) =>
    configured(redis, 0, 'replica-serve-stale-data', ['no', 'no']).then(() =>
      lasting(
        2000,
        () => redis.command('REPLICAOF', '127.0.0.1', '1'),
        () => redis.command('REPLICAOF', 'NO', 'ONE'),
      ),
    ),
  ),
  kind('script-flush', (redis) => repeated(5, 100, () => redis.command('SCRIPT', 'FLUSH'))),
  kind('journal-deleted', (redis) => redis.command('DEL', '{larder}:journal')),
  kind('journal-trimmed', (redis) => redis.command('XTRIM', '{larder}:journal', 'MAXLEN', '0')),
  kind('intents-deleted', (redis) => redis.command('DEL', '{larder}:writing', '{larder}:due')),
  kind('table-deleted', (redis) => redis.command('DEL', '{larder}:table')),
  kind('failover-with-open-connections', (redis) => redis.failOver(), { losesViews: true, rejoin: 1000 }),
  kind('failover-of-a-dead-master', (redis) => redis.loseMaster(), { losesViews: true, rejoin: 1000 }),
  kind('eviction', (redis) => evicting(redis), { losesViews: true }),
  kind('flushed', (redis) => redis.command('FLUSHALL'), { losesViews: true }),
  kind('started-again', (redis) => redis.keep().then(() => redis.comeBack('kept', async () => {})), {
    losesViews: true,
    repeatsViews: true,
  }),
  kind('started-empty', (redis, random) => redis.comeBack('nothing', () => delay(random.between(0, 2000))), {
    losesViews: true,
  }),
  kind(
    'restored-from-an-older-snapshot',
    async (redis, random) => {
      await redis.keep();
      await delay(700);
      await redis.comeBack('kept', () => delay(random.between(0, 1000)));
    },
    { losesViews: true, repeatsViews: true },
  ),
];

/** Faults between the processes and Redis. */
export const LINE_KINDS: readonly FaultKind[] = [
  kind('one-process-cut-off', (redis, random) => {
    const line = random.oneOf(redis.lines);
    return lasting(
      random.between(1500, 3000),
      () => line.cut(),
      () => line.heal(),
    );
  }),
  kind('all-processes-cut-off', (redis) => onEveryLine(redis, 2000, (line) => line.cut())),
  kind('connections-reset', (redis) => repeated(5, 200, () => onEveryLine(redis, 20, (line) => line.cut()))),
  kind('one-line-half-open', (redis, random) => {
    const line = random.oneOf(redis.lines);
    return lasting(
      random.between(1500, 4000),
      () => line.halfOpen(),
      () => line.heal(),
    );
  }),
  kind('all-lines-half-open', (redis) => onEveryLine(redis, 2000, (line) => line.halfOpen())),
  kind('slow-lines', (redis, random) => onEveryLine(redis, 2000, (line) => line.delay(random.between(20, 200)))),
  kind('messages-delayed', (redis, random) => {
    const line = random.oneOf(redis.lines);
    return lasting(
      3000,
      () => line.delay(900),
      () => line.heal(),
    );
  }),
];

function kind(
  name: string,
  run: (redis: RedisPair, random: Random) => Promise<unknown>,
  more: Pick<FaultKind, 'losesViews' | 'repeatsViews' | 'rejoin'> = {},
): FaultKind {
  return { name, of: 'Redis', run: ({ redis }, random) => run(redis, random), ...more };
}

function paused({ master }: RedisPair, milliseconds: number): Promise<void> {
  return lasting(
    milliseconds,
    () => master.pause(),
    () => master.resume(),
  );
}

function configured(
  redis: RedisPair,
  milliseconds: number,
  setting: string,
  [wrong, right]: readonly [string, string],
): Promise<void> {
  const set = (value: string) => redis.withConnection((connection) => connection.config('SET', setting, value));
  return lasting(
    milliseconds,
    () => set(wrong),
    () => set(right),
  );
}

/** Existing connections are closed, so that the change affects them too. */
function accessChanged(redis: RedisPair, wrong: readonly string[], right: readonly string[]): Promise<void> {
  return redis.withConnection((connection) =>
    lasting(
      2000,
      async () => {
        await connection.acl('SETUSER', 'default', ...wrong);
        await connection.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      },
      () => connection.acl('SETUSER', 'default', ...right),
    ),
  );
}

async function evicting(redis: RedisPair): Promise<void> {
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
  await configured(redis, 2000, 'maxmemory', ['3mb', '0']);
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
}

async function onEveryLine(
  { lines }: RedisPair,
  milliseconds: number,
  begin: (line: RedisPair['lines'][number]) => void,
): Promise<void> {
  await lasting(
    milliseconds,
    () => lines.forEach(begin),
    () => Promise.all(lines.map((line) => line.heal())),
  );
}

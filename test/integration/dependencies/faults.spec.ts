import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { LarderOptions } from 'nest-larder';
import { installTriggers } from 'nest-larder/change-feed';
import { Client, Pool } from 'pg';
import { SystemClock } from '../../../libs/larder/src/base/clock.js';
import { onPool } from '../../../libs/larder/src/postgres/pool-database.js';
import { UNOBSERVED } from '../../../libs/larder/src/postgres/unobserved.js';
import { withoutPackage } from '../../support/absent-package.js';
import { ObservedShop, SHOP } from '../../support/dependencies/observed-shop.js';
import { REPOSITORY } from '../../support/program.js';
import { QuickClock } from '../../support/quick-clock.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/servers/tcp-proxy.js';
import { until } from '../../support/until.js';

const table = (name: string, ...columns: string[]) => ({ table: { schema: 'public', name }, columns });
const WATCHED = [table('sellers', 'id'), table('items', 'id', 'seller_id')];

let server: PostgresServer;
let redis: RedisServer;
let url: string;
let keyPrefix: string;
let nodes: ObservedShop[];
let outside: Client;

beforeAll(async () => {
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
}, 60_000);
afterAll(() => Promise.all([server.stop(), redis.stop()]));
beforeEach(async () => {
  ({ url } = await server.newDatabase());
  keyPrefix = randomUUID();
  nodes = [];
  outside = new Client({ connectionString: url });
  // Another program, although it is in this process.
  Object.assign(outside, { [UNOBSERVED]: true });
  outside.on('error', () => {});
  await outside.connect();
  await outside.query(SHOP);
  await installTriggers(url, WATCHED);
});
afterEach(async () => {
  await outside.end();
  for (const node of nodes) await node.stop();
});

async function started(options: LarderOptions = {}): Promise<ObservedShop> {
  const node = await ObservedShop.start(url, { keyPrefix, ...options });
  nodes.push(node);
  return node;
}

/** Ends the session of the process that reads the log, as its death would. */
const endReader = () =>
  outside.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'larder change feed' and datname = current_database()
      and pid in (select pid from pg_locks where locktype = 'advisory' and granted)`);

it('no change is missed if the process that reads the log dies before it has read it', async () => {
  const fleet = [await started({ redis: redis.url }), await started({ redis: redis.url })];
  for (const node of fleet) await node.learn(() => node.shop.seller(1));
  const holding = new Client({ connectionString: url });
  Object.assign(holding, { [UNOBSERVED]: true });
  await holding.connect();
  await holding.query('begin');
  // The reader needs this table, and writers do not.
  await holding.query('lock table larder.state in access exclusive mode');
  await outside.query('update items set price = 100 where seller_id = 1');
  await endReader();
  await holding.end();
  for (const { shop } of fleet) await until(async () => (await shop.seller(1)).total === 1000);
});

it('rule 20: a partition without a trigger ends the caching of its table, and no row of it is missed longer than the bound', async () => {
  await outside.query(`create table events (id int, kind text) partition by list (kind);
    create table plain_events partition of events for values in ('plain');
    insert into events select i, 'plain' from generate_series(1, 5) i`);
  await installTriggers(url, [table('events', 'id')]);
  // Definitions are compared every second, not every ten.
  const node = await started({ clock: new QuickClock(10), changeFeed: { url, timeout: '5m' } });
  const { shop, cache } = node;
  const count = () =>
    cache.getOrLoad(
      ['events'],
      async () => {
        shop.loads++;
        return (await shop.pool.query('select count(*)::int as count from events')).rows[0].count as number;
      },
      { ttl: '1h', dependsOn: 'queries' },
    );
  await node.learn(count);
  await outside.query(`create table rare_events partition of events for values in ('rare')`);
  await outside.query(`insert into rare_events values (6, 'rare')`);
  await until(async () => (await count()) === 6);
  await until(async () => node.reasons.some((reason) => reason.includes('rare_events')));
  expect(node.reasons.at(-1)).toMatch(/public\.rare_events, which belongs to public\.events, has no trigger for/);
  await outside.query(`insert into rare_events values (7, 'rare')`);
  expect(await count()).toBe(7);
});

it('a gap in the journal: a node that was cut off serves nothing that changed meanwhile', async () => {
  const proxy = await TcpProxy.to(redis.port);
  const [near, far] = [
    await started({ redis: redis.url }),
    await started({ redis: proxy.url, redisTimeout: '200ms', maxStaleness: '1m' }),
  ];
  for (const node of [near, far]) await node.learn(() => node.shop.seller(1));
  for (const node of [near, far]) await node.learn(() => node.shop.seller(2));
  proxy.cut();
  await until(() => far.events.some(({ type }) => type === 'journal-lost'));
  await outside.query('update items set price = 100 where seller_id = 1');
  await until(async () => (await near.shop.seller(1)).total === 1000);
  // What the node has missed is no longer in the journal.
  const [journal] = (await redis.command('KEYS', `*${keyPrefix}*journal*`)) as string[];
  await redis.command('XTRIM', journal as string, 'MAXLEN', '0');
  const before = far.events.filter(({ type }) => type === 'journal-followed').length;
  await proxy.heal();
  await until(() => far.events.filter(({ type }) => type === 'journal-followed').length > before);
  expect((await far.shop.seller(1)).total).toBe(1000);
  await proxy.close();
});

it('without libpg-query the start fails and names the command that installs it', async () => {
  const program = `import 'reflect-metadata';
    const { Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    const { Pool } = await import('pg').then((pg) => pg.default ?? pg);
    const { LarderModule } = await import('nest-larder');
    const database = new Pool({ connectionString: '${url}' });
    class Application {}
    Module({ imports: [LarderModule.forRoot({ database, changeFeed: { url: '${url}' } })] })(Application);
    await NestFactory.createApplicationContext(Application, { logger: false, abortOnError: false })
      .then(() => console.log('started'), (error) => console.log(error.code + ': ' + error.message));
    process.exit();`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', ...withoutPackage('libpg-query'), '--input-type=module', '--eval', program],
    { cwd: REPOSITORY },
  );
  expect(stdout).toMatch(/^LARDER_OPTIONS: /);
  expect(stdout).toContain("dependsOn: 'queries' needs libpg-query");
  expect(stdout).toContain('npm install libpg-query');
});

it('a connection of the pool that is lost while Larder uses it fails the query, and not the process', async () => {
  const proxy = await TcpProxy.to(server.port);
  const pool = new Pool({ connectionString: server.urlOf(proxy.port) });
  pool.on('error', () => {});
  const lost = onPool(pool, { clock: new SystemClock(), timeout: 10_000 }, async (database) => {
    await database.query('select 1');
    const sleeping = database.query('select pg_sleep(60)');
    proxy.cut();
    return sleeping;
  });
  await expect(lost).rejects.toThrow('The option database failed');
  await pool.end();
  await proxy.close();
});

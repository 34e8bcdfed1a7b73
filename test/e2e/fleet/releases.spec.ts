import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { EmbeddedPostgres } from '../../../apps/arena/src/platform/embedded-postgres/embedded-postgres.js';
import { newDataDir } from '../../support/arena/arena.js';
import { ArenaProcess } from '../../support/arena/arena-process.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let dataDir: string;
let database: EmbeddedPostgres;
let redis: RedisServer;
let nodes: ArenaProcess[];
let urls: string[];
let token: string;

beforeAll(async () => {
  dataDir = await newDataDir();
  [database, redis] = await Promise.all([EmbeddedPostgres.start(dataDir), RedisServer.start()]);
  const { user, password, host, port, database: name } = database.connection;
  const env = {
    DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${name}?connection_limit=4`,
    LARDER_REDIS_URL: redis.url,
    ENABLE_SIMULATION: 'off',
  };
  nodes = [ArenaProcess.start(env), ArenaProcess.start(env), ArenaProcess.start(env)];
  urls = await Promise.all(nodes.map((node) => node.ready()));
  const credentials = { email: 'player1@arena.test', password: 'arena' };
  ({ token } = await send<{ token: string }>(0, 'POST', '/auth/sign-in', credentials));
}, 120_000);
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await Promise.all([database.stop(), redis.stop()]);
  await rm(dataDir, { recursive: true });
});

async function send<Body>(node: number, method: string, path: string, body?: object): Promise<Body> {
  const response = await fetch(`${urls[node]}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return (await response.json()) as Body;
}

interface Pending {
  readonly deployment: { readonly version: string };
  readonly updates: readonly { readonly version: string }[];
}

/** What each node answers about deployment 7, which runs product 7. */
const onEachNode = () =>
  Promise.all([0, 1, 2].map((node) => send<Pending>(node, 'GET', '/v1/deployments/7/pending-updates')));
const eachNode = (holds: (pending: Pending) => boolean) => until(async () => (await onEachNode()).every(holds));

it('shows on three nodes what one of them creates, releases or moves, and what another program moves', async () => {
  const [before] = await onEachNode();
  await send(0, 'POST', '/v1/products/7/versions', { version: '5.0.0', notes: 'New.' });
  expect((await onEachNode()).map(({ updates }) => updates)).toEqual(Array(3).fill(before?.updates));

  await send(1, 'POST', '/v1/products/7/versions/5.0.0/release');
  await eachNode(({ updates }) => updates[0]?.version === '5.0.0');

  await send(2, 'PATCH', '/v1/deployments/7', { version: '5.0.0' });
  await eachNode(({ deployment, updates }) => deployment.version === '5.0.0' && updates.length === 0);

  const client = new Client(database.connection);
  await client.connect();
  await client.query(
    `update deployments set version_id = (select id from versions where product_id = 7 and version = '4.9.0') where id = 7`,
  );
  await client.end();
  await eachNode(({ deployment, updates }) => deployment.version === '4.9.0' && updates.length === 1);
  for (const node of [0, 1, 2]) {
    const { version } = await send<{ version: string }>(node, 'GET', '/v1/deployments/7');
    expect(version).toBe('4.9.0');
  }
}, 60_000);

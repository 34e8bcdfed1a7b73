import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NODES, ThreeArenas } from '../../support/arena/three-arenas.js';
import { RedisServer } from '../../support/servers/redis-server.js';

// Tournaments declare no targets: a change of one reaches the responses by its rows alone.

/** The bound of reads on other nodes (P3), in milliseconds. */
const MAX_STALENESS = 1000;
const ROUNDS = 30;

interface Tournament {
  readonly id: string;
  readonly name: string;
}

let redis: RedisServer;
let arenas: ThreeArenas;
let token: string;

beforeAll(async () => {
  redis = await RedisServer.start();
  arenas = await ThreeArenas.start(redis.url, { LARDER_MAX_STALENESS: `${MAX_STALENESS}ms` });
  token = await arenas.signIn(1);
}, 120_000);
afterAll(async () => {
  await arenas.stop();
  await redis.stop();
});

/** The name of the first tournament on its page and in a list, as one node responds. */
async function namesOn(node: number): Promise<readonly [page: string, list: string | undefined]> {
  const [page, list] = await Promise.all([
    arenas.ask<Tournament>(node, 'GET', '/v1/tournaments/1'),
    arenas.ask<{ items: Tournament[] }>(node, 'GET', '/v1/tournaments?perPage=100'),
  ]);
  return [page.body.name, list.body.items.find(({ id }) => id === '1')?.name];
}

async function rename(node: number, name: string): Promise<void> {
  const { status } = await arenas.ask(node, 'PATCH', '/v1/tournaments/1', { token, body: { name } });
  expect(status).toBe(200);
}

/** All nodes have stored their responses: two reads in a row are hits. */
async function warm(): Promise<void> {
  await Promise.all(NODES.map(namesOn));
  await Promise.all(NODES.map(namesOn));
}

it('shows a client its own change at once on the node that wrote, and on the others within the bound', async () => {
  await arenas.query(`update tournaments set starts_at = now() + interval '9 years' where id = 1`);
  await arenas.feedHasRead();
  const late: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const writer = round % NODES.length;
    await warm();
    const name = `Own ${round}`;
    await rename(writer, name);
    const answeredAt = performance.now();
    expect(await namesOn(writer)).toEqual([name, name]);
    for (const node of NODES.filter((other) => other !== writer)) {
      for (let isFresh = false; !isFresh; ) {
        const since = performance.now() - answeredAt;
        isFresh = (await namesOn(node)).every((shown) => shown === name);
        if (!isFresh) late.push(since);
      }
    }
  }
  expect(Math.max(0, ...late)).toBeLessThanOrEqual(MAX_STALENESS);
}, 120_000);

it('serves those responses from the cache meanwhile', async () => {
  await warm();
  const { headers } = await arenas.ask(0, 'GET', '/v1/tournaments/1');
  expect(headers.get('cache-status')).toMatch(/hit/);
});

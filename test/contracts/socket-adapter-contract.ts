import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AdapterKind } from '../../libs/larder/src/realtime/index.js';
import { type Figures, SocketNodes } from '../support/realtime/socket-nodes.js';
import { freePort } from '../support/servers/free-port.js';
import { RedisCluster } from '../support/servers/redis-cluster.js';
import { RedisSentinel } from '../support/servers/redis-sentinel.js';
import { RedisServer } from '../support/servers/redis-server.js';

/** `npm run test:soak` makes 10,000 broadcasts to 200 clients. */
const BROADCASTS = Number(process.env.LARDER_TEST_BROADCASTS ?? 500);
const CLIENTS = Number(process.env.LARDER_TEST_CLIENTS ?? 50);
/** Pairs of announcements before a fault of Redis, and again after it. */
const PAIRS = 20;
/** Milliseconds between announcements during the fault. */
const PACE = 20;
/** The maximum number of announcements in a test with a fault. */
const ANNOUNCEMENTS = 20_000;

const ALL: Figures = { doubled: 0, lostAtHome: 0, lostAbroad: 0 };

/** What an adapter must do for the sockets of two nodes, also while Redis fails. */
export function describeSocketAdapter(adapter: AdapterKind): void {
  let nodes: SocketNodes;
  const servers: { stop(): Promise<void> }[] = [];

  const open = (redis: string, clients: number, announcements: number) =>
    nodes.open({ redis, adapter, clients, announcements });

  async function announce(pairs: number): Promise<void> {
    for (let pair = 0; pair < pairs; pair++) await nodes.announce();
  }

  /** Announces on both nodes in turn during a fault of Redis. */
  async function announceDuring(work: () => Promise<void>): Promise<void> {
    let isOver = false;
    const announcing = (async () => {
      while (!isOver) {
        await nodes.announce();
        await delay(PACE);
      }
    })();
    await work().finally(() => {
      isOver = true;
    });
    await announcing;
  }

  /**
   * All clients receive what was announced before the fault. During it, the clients of the announcing node do. Once the nodes
   * are connected again, all clients receive everything. No client receives an announcement twice.
   */
  async function expectResumedAfter(outage: () => Promise<void>): Promise<void> {
    const first = await nodes.untilTheyHearEachOther();
    await announce(PAIRS);
    const broken = first + 2 * PAIRS;
    await nodes.untilHeard(first, broken);
    await announceDuring(outage);
    const resumed = await nodes.untilTheyHearEachOther();
    await announce(PAIRS);
    const end = resumed + 2 * PAIRS;
    await nodes.untilHeard(resumed, end);
    await nodes.untilHeardAtHome(broken, resumed);
    expect(await nodes.figures(first, broken)).toEqual(ALL);
    const meanwhile = await nodes.figures(broken, resumed);
    console.info(`${adapter}: ${meanwhile.lostAbroad} of ${resumed - broken} did not reach the other node meanwhile`);
    expect(meanwhile).toEqual({ ...ALL, lostAbroad: meanwhile.lostAbroad });
    expect(await nodes.figures(resumed, end)).toEqual(ALL);
    expect(nodes.areRunning).toBe(true);
    expect(nodes.output).not.toMatch(/unhandled|uncaught/i);
  }

  describe(`two nodes with the ${adapter} adapter`, () => {
    beforeAll(() => {
      nodes = SocketNodes.start();
    });
    afterEach(async () => {
      await nodes.close();
      await Promise.all(servers.splice(0).map((server) => server.stop()));
    });
    afterAll(() => nodes.kill());

    it('start and serve their own clients without Redis, and connect when Redis is up', async () => {
      const port = await freePort();
      await open(`redis://127.0.0.1:${port}`, 5, ANNOUNCEMENTS);
      const end = await nodes.announce();
      await nodes.untilHeardAtHome(0, end);
      expect(await nodes.figures(0, end)).toEqual({ ...ALL, lostAbroad: 2 });
      servers.push(await RedisServer.start({ port }));
      await nodes.untilTheyHearEachOther();
      expect(nodes.areRunning).toBe(true);
      expect(nodes.output).not.toMatch(/unhandled|uncaught/i);
    }, 60_000);

    it('deliver everything to every client exactly once', async () => {
      const redis = await RedisServer.start();
      servers.push(redis);
      await open(redis.url, CLIENTS, 2 * BROADCASTS + ANNOUNCEMENTS);
      const first = await nodes.untilTheyHearEachOther();
      for (let left = BROADCASTS / 2; left > 0; left -= 8) {
        await Promise.all(Array.from({ length: Math.min(8, left) }, () => nodes.announce()));
      }
      await nodes.untilHeard(first, first + BROADCASTS);
      expect(await nodes.figures(first, first + BROADCASTS)).toEqual(ALL);
    }, 600_000);

    it('continue serving their own clients while Redis is killed and restarted, then reconnect', async () => {
      const redis = await RedisServer.start();
      servers.push(redis);
      await open(redis.url, 10, ANNOUNCEMENTS);
      await expectResumedAfter(async () => {
        await redis.kill();
        await announce(PAIRS);
        await redis.restart();
      });
    }, 60_000);

    it('continue while the master of a cluster is killed', async () => {
      const cluster = await RedisCluster.start();
      servers.push(cluster);
      await open(`redis+cluster://${cluster.nodes.map(({ host, port }) => `${host}:${port}`)}`, 10, ANNOUNCEMENTS);
      await expectResumedAfter(() => cluster.failOver('{larder}:table'));
    }, 90_000);

    it('continue while Sentinels fail the master over', async () => {
      const sentinel = await RedisSentinel.start();
      servers.push(sentinel);
      const hosts = sentinel.sentinels.map(({ host, port }) => `${host}:${port}`);
      await open(`redis+sentinel://${hosts}/${sentinel.name}`, 10, ANNOUNCEMENTS);
      await expectResumedAfter(() => sentinel.failOver());
    }, 90_000);
  });
}

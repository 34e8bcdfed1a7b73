import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ArenaFleet } from '../../support/arena/arena-fleet.js';
import { Audience } from '../../support/realtime/audience.js';
import type { Tally } from '../../support/realtime/audience-messages.js';
import { freePort } from '../../support/servers/free-port.js';
import { RedisCluster } from '../../support/servers/redis-cluster.js';
import { RedisSentinel } from '../../support/servers/redis-sentinel.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

/** `LARDER_TEST_BROADCASTS=10000 LARDER_TEST_CLIENTS=200` is what is claimed; the suite takes less. */
const BROADCASTS = Number(process.env.LARDER_TEST_BROADCASTS ?? 500);
const CLIENTS = Number(process.env.LARDER_TEST_CLIENTS ?? 50);
/** Milliseconds between announcements while something happens to Redis. */
const PACE = 20;
/** Milliseconds in which nodes must have found each other again. */
const RESUMED_WITHIN = 5000;

const servers: { stop(): Promise<void> }[] = [];
const audiences: Audience[] = [];
let fleet: ArenaFleet | undefined;

afterEach(async () => {
  await Promise.all(audiences.splice(0).map((audience) => audience.leave()));
  await fleet?.stop();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function startFleet(redis: string, adapter: string): Promise<ArenaFleet> {
  fleet = await ArenaFleet.start(redis, { ARENA_SOCKET_ADAPTER: adapter });
  return fleet;
}

async function listen({ arenas }: ArenaFleet, announcements: number, clients = CLIENTS): Promise<[Audience, Audience]> {
  const [one, other] = await Promise.all(arenas.map(({ url }) => Audience.connect({ url, clients, announcements })));
  const both: [Audience, Audience] = [one as Audience, other as Audience];
  audiences.push(...both);
  return both;
}

const ADAPTERS = ['classic', 'sharded', 'streams'];

/** What each audience got of what each arena announced; announcements of the first arena have even numbers. */
interface Figures {
  readonly doubled: number;
  readonly lostAtHome: number;
  /** When those announcements were made that the other arena's clients did not get. */
  readonly lostAbroad: readonly number[];
}

function figuresOf(tallies: readonly Tally[], times: readonly number[]): Figures {
  const lostAbroad: number[] = [];
  let doubled = 0;
  let lostAtHome = 0;
  times.forEach((time, number) => {
    tallies.forEach(({ least, most }, node) => {
      if ((most[number] as number) > 1) doubled++;
      if ((least[number] as number) > 0) return;
      if (number % 2 === node) lostAtHome++;
      else lostAbroad.push(time);
    });
  });
  return { doubled, lostAtHome, lostAbroad };
}

/** Announces on both arenas in turn while something happens. */
async function announceDuring(running: ArenaFleet, work: () => Promise<void>) {
  const times: number[] = [];
  let isOver = false;
  const announcing = (async () => {
    while (!isOver) {
      const number = times.push(performance.now()) - 1;
      await running.arenas[number % 2 === 0 ? 0 : 1].announce(String(number));
      await delay(PACE);
    }
  })();
  await work();
  isOver = true;
  await announcing;
  return times;
}

describe.each(ADAPTERS)('two arenas with the %s adapter', (adapter) => {
  it('deliver everything to every client exactly once', async () => {
    const redis = await RedisServer.start();
    servers.push(redis);
    const running = await startFleet(redis.url, adapter);
    const both = await listen(running, BROADCASTS);
    await until(async () => (await hearEachOther(running, both, 0)) || false);
    const begun = performance.now();
    const numbers = Array.from({ length: BROADCASTS - 2 }, (_, index) => index + 2).values();
    const announceNext = async () => {
      for (const number of numbers) await running.arenas[number % 2 === 0 ? 0 : 1].announce(String(number));
    };
    await Promise.all(Array.from({ length: 8 }, announceNext));
    const isComplete = ({ least }: Tally) => least.every((count) => count > 0);
    await until(async () => (await Promise.all(both.map((audience) => audience.tally()))).every(isComplete), 120_000);
    const took = (performance.now() - begun) / 1000;
    for (const { least, most } of await Promise.all(both.map((audience) => audience.tally()))) {
      expect(least.slice(2).every((count) => count === 1)).toBe(true);
      expect(most.slice(2).every((count) => count === 1)).toBe(true);
    }
    console.info(
      `${adapter}: ${BROADCASTS} broadcasts to 2 × ${CLIENTS} clients, each exactly once, in ${took.toFixed(1)} s`,
    );
  }, 600_000);

  it('start and serve their own clients without Redis, and join when it is there', async () => {
    const port = await freePort();
    const running = await startFleet(`redis://127.0.0.1:${port}`, adapter);
    const both = await listen(running, 2, 5);
    await running.arenas[0].announce('0');
    await running.arenas[1].announce('1');
    await until(async () => {
      const [one, other] = await Promise.all(both.map((audience) => audience.tally()));
      return one?.least[0] === 1 && other?.least[1] === 1;
    });
    const redis = await RedisServer.start({ port });
    servers.push(redis);
    const back = performance.now();
    await until(() => hearEachOther(running, both, 0));
    expect(performance.now() - back).toBeLessThan(RESUMED_WITHIN);
    expect(running.isRunning).toBe(true);
    expect(running.output).not.toMatch(/unhandled|uncaught/i);
  }, 90_000);

  it('go on with their own clients while Redis is killed and restarted, and find each other again', async () => {
    const redis = await RedisServer.start();
    servers.push(redis);
    const running = await startFleet(redis.url, adapter);
    const both = await listen(running, 2000, 10);
    await until(() => hearEachOther(running, both, 1998));
    let killed = 0;
    let back = 0;
    const times = await announceDuring(running, async () => {
      await delay(1000);
      killed = performance.now();
      await redis.kill();
      await delay(3000);
      await redis.restart();
      back = performance.now();
      await delay(RESUMED_WITHIN + 1000);
    });
    await delay(500);
    const figures = figuresOf(await Promise.all(both.map((audience) => audience.tally())), times);
    tell(adapter, 'killed for 3 s', figures, times, killed, back);
    expect(figures.doubled).toBe(0);
    expect(figures.lostAtHome).toBe(0);
    expect(figures.lostAbroad.filter((time) => time < killed - 100 || time > back + RESUMED_WITHIN)).toEqual([]);
    expect(running.isRunning).toBe(true);
    expect(running.output).not.toMatch(/unhandled|uncaught/i);
  }, 90_000);

  it('go on while the master of a cluster is killed', async () => {
    const cluster = await RedisCluster.start();
    servers.push(cluster);
    const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`);
    const running = await startFleet(`redis+cluster://${nodes}`, adapter);
    await expectResumedAfter(adapter, running, 'a master of a cluster failed over', () =>
      cluster.failOver('{larder}:table'),
    );
  }, 120_000);

  it('go on while Sentinels fail the master over', async () => {
    const sentinel = await RedisSentinel.start();
    servers.push(sentinel);
    const hosts = sentinel.sentinels.map(({ host, port }) => `${host}:${port}`);
    const running = await startFleet(`redis+sentinel://${hosts}/${sentinel.name}`, adapter);
    await expectResumedAfter(adapter, running, 'Sentinels failed over', () => sentinel.failOver());
  }, 120_000);
});

async function expectResumedAfter(
  adapter: string,
  running: ArenaFleet,
  what: string,
  failOver: () => Promise<void>,
): Promise<void> {
  const both = await listen(running, 4000, 10);
  await until(() => hearEachOther(running, both, 3998));
  let broken = 0;
  let back = 0;
  const times = await announceDuring(running, async () => {
    await delay(1000);
    broken = performance.now();
    await failOver();
    back = performance.now();
    await delay(RESUMED_WITHIN + 1000);
  });
  await delay(500);
  const figures = figuresOf(await Promise.all(both.map((audience) => audience.tally())), times);
  tell(adapter, what, figures, times, broken, back);
  expect(figures.doubled).toBe(0);
  expect(figures.lostAtHome).toBe(0);
  expect(figures.lostAbroad.filter((time) => time < broken - 100 || time > back + RESUMED_WITHIN)).toEqual([]);
  expect(running.isRunning).toBe(true);
  expect(running.output).not.toMatch(/unhandled|uncaught/i);
}

function tell(
  adapter: string,
  what: string,
  figures: Figures,
  times: readonly number[],
  broken: number,
  back: number,
): void {
  const last = Math.max(back, ...figures.lostAbroad) - back;
  const made = times.filter((time) => time > broken && time < back).length;
  console.info(
    `${adapter}, ${what}: ${figures.lostAbroad.length} of ${times.length} announcements did not reach the other arena ` +
      `(${made} were made while it was away, the last lost ${last.toFixed(0)} ms after it was back), ` +
      `${figures.lostAtHome} did not reach the own clients, ${figures.doubled} came twice`,
  );
}

/** Whether what either arena announces now reaches the clients of the other. Takes two numbers, from the given one. */
async function hearEachOther(running: ArenaFleet, both: readonly [Audience, Audience], from: number): Promise<boolean> {
  const count = async () => {
    const [one, other] = await Promise.all(both.map((audience) => audience.tally()));
    return [one?.least[from + 1] ?? 0, other?.least[from] ?? 0] as const;
  };
  const before = await count();
  await running.arenas[0].announce(String(from));
  await running.arenas[1].announce(String(from + 1));
  await delay(50);
  const after = await count();
  return after[0] > before[0] && after[1] > before[1];
}

import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newDataDir } from '../../support/arena/arena.js';
import type { ArenaProcess } from '../../support/arena/arena-process.js';
import { arenaProcesses } from '../../support/arena/arena-processes.js';
import { freePort } from '../../support/servers/free-port.js';
import { RedisServer } from '../../support/servers/redis-server.js';

const arenas = arenaProcesses();

function startInProduction(env: Readonly<Record<string, string>>): ArenaProcess {
  return arenas.start({ NODE_ENV: 'production', ...env });
}

/** The output of an arena that ended with code 1. */
async function refusalOf(env: Readonly<Record<string, string>>): Promise<string> {
  const arena = startInProduction(env);
  expect(await arena.exitCode()).toBe(1);
  expect(arena.output).toBe('');
  return arena.complaints;
}

/** A server that accepts connections and never answers. */
async function listening(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0);
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe('in production', () => {
  it('arena does not start without Redis, and names the variable to set', async () => {
    expect(await refusalOf({})).toBe(
      'Arena cannot start:\n  - LARDER_REDIS_URL is not set; in production, set it to the URL of the Redis that all ' +
        'processes share, or to off where there is a single process\n',
    );
  });

  describe('arena does not start', () => {
    let unreachable: number;
    let silent: Server;
    let refusals: readonly [Promise<string>, Promise<string>];
    let other: string;
    /** Both wait for the whole connection timeout, so they wait in parallel. */
    beforeAll(async () => {
      [unreachable, silent, other] = await Promise.all([freePort(), listening(), newDataDir()]);
      refusals = [
        refusalOf({ LARDER_REDIS_URL: `redis://arena:sesame-4711@127.0.0.1:${unreachable}` }),
        refusalOf({ LARDER_REDIS_URL: `redis://127.0.0.1:${portOf(silent)}`, ARENA_DATA_DIR: other }),
      ];
      await Promise.allSettled(refusals);
    }, 60_000);
    afterAll(async () => {
      silent.close();
      await rm(other, { recursive: true });
    });

    it('when Redis is unreachable', async () => {
      expect(await refusals[0]).toBe(
        `Arena cannot start:\n  - LARDER_REDIS_URL leads to a Redis that could not be used within 5 s: Redis at 127.0.0.1:${unreachable} ` +
          `cannot be used (connect ECONNREFUSED 127.0.0.1:${unreachable}); in production, set it to the URL of a Redis that can be used, ` +
          'or to off where there is one process\n',
      );
    });

    it('when Redis does not answer', async () => {
      expect(await refusals[1]).toContain('could not be used within 5 s');
    });
  });

  it('arena starts and stops with Redis, and warns of risky settings', async () => {
    const redis = await RedisServer.start({ args: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'] });
    const arena = startInProduction({
      LARDER_REDIS_URL: redis.url,
      LARDER_ADMIN_TOKEN: 'a-short-admin-token',
      ENABLE_SIMULATION: 'on',
      SIMULATION_FEATURE_FLAG: 'dojo-status',
    });
    const url = await arena.ready();
    expect((await fetch(`${url}/v1/tournaments/1`)).status).toBe(200);
    expect(await arena.stop()).toBe(0);
    // BullMQ logs this itself, once for each of its connections.
    expect(arena.complaints.replaceAll(/IMPORTANT! Eviction policy is .*\n/g, '')).toBe('');
    const [, ...risks] = arena.output.split('\n  - ').map((risk) => risk.split('\n')[0]);
    expect(risks).toEqual([
      'simulation:dojo-status is on',
      'LARDER_ADMIN_TOKEN has 19 characters; it should have 32 or more',
      expect.stringMatching(/^The maxmemory-policy of Redis is allkeys-lru, /),
    ]);
    await redis.stop();
  }, 60_000);

  it('arena logs no warning without a risky setting', async () => {
    const redis = await RedisServer.start();
    const arena = startInProduction({ LARDER_REDIS_URL: redis.url });
    const url = await arena.ready();
    expect(await arena.stop()).toBe(0);
    // Each run of a job logs a line, and one may be due meanwhile.
    const lines = arena.output.split('\n').filter((line) => line !== '' && !line.includes('[Jobs]'));
    expect([lines, arena.complaints]).toEqual([[`Arena is ready at ${url}`], '']);
    await redis.stop();
  }, 60_000);
});

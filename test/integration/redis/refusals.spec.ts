import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { toSettings } from '../../../libs/larder/src/config/settings.js';
import { createEngine } from '../../../libs/larder/src/create-cache.js';
import { Cache } from '../../../libs/larder/src/index.js';
import { freePort } from '../../support/servers/free-port.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const LIBRARIES = ['ioredis', 'node-redis'] as const;
const PASSWORD = 'p@ss/w#rd:1';
const CERTIFICATES = new URL('../../support/servers/certificates/', import.meta.url);
const CA = fileURLToPath(new URL('localhost.pem', CERTIFICATES));

/** Terminates TLS in front of a Redis that does not support it. */
async function tlsProxy(target: number): Promise<Server> {
  const [cert, key] = await Promise.all([
    readFile(new URL('localhost.pem', CERTIFICATES)),
    readFile(new URL('localhost.key.pem', CERTIFICATES)),
  ]);
  const server = createServer({ cert, key }, (client) => {
    const upstream = connect(target, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a Redis that refuses the cache', () => {
  let server: RedisServer;
  let sentinel: RedisServer;
  let tls: Server;
  const caches: Cache[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    await server.command('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
    await server.command('ACL', 'SETUSER', 'noinfo', 'on', `>${PASSWORD}`, '~*', '&*', '+@all', '-info');
    await server.command('ACL', 'SETUSER', 'default', 'nopass', '+@all');
    tls = await tlsProxy(server.port);
    sentinel = await RedisServer.start({ args: ['--sentinel'] });
    await sentinel.command('SENTINEL', 'MONITOR', 'main', '127.0.0.1', String(server.port), '1');
    await sentinel.command('ACL', 'SETUSER', 'default', 'resetpass', '>watch');
  });
  afterEach(async () => {
    await Promise.all(caches.splice(0).map((cache) => cache.close()));
  });
  afterAll(async () => {
    tls.close();
    await Promise.all([sentinel.stop(), server.stop()]);
  });

  const encoded = encodeURIComponent(PASSWORD);
  const CASES: readonly (readonly [string, (ports: Ports) => string, RegExp])[] = [
    [
      'a wrong password',
      ({ plain }) => `redis://app:wrong-secret@127.0.0.1:${plain}`,
      /WRONGPASS.*correct user and password/,
    ],
    [
      'a user without INFO',
      ({ plain }) => `redis://noinfo:${encoded}@127.0.0.1:${plain}`,
      /can't run this command.*needs the permissions that docs/,
    ],
    ['nothing that listens', ({ none }) => `redis://127.0.0.1:${none}`, /ECONNREFUSED/],
    ['TLS to a plain port', ({ plain }) => `rediss://127.0.0.1:${plain}`, /if its port does not speak TLS/],
    [
      'a self-signed certificate',
      ({ secure }) => `rediss://127.0.0.1:${secure}`,
      /self.signed.*name the file of its CA/,
    ],
    ['no TLS to a port for it', ({ secure }) => `redis://127.0.0.1:${secure}`, /if its port speaks TLS, use rediss/],
    [
      'Sentinels that are not there',
      ({ none }) => `redis+sentinel://127.0.0.1:${none}/main`,
      /Sentinels.*(unreachable|ECONNREFUSED)/,
    ],
    ['Sentinels that want a password', ({ watched }) => `redis+sentinel://127.0.0.1:${watched}/main`, /NOAUTH/],
    ['a cluster that is none', ({ plain }) => `redis+cluster://127.0.0.1:${plain}`, /cluster/i],
  ];
  interface Ports {
    readonly plain: number;
    readonly secure: number;
    readonly watched: number;
    readonly none: number;
  }

  function ports(none: number): Ports {
    return { plain: server.port, secure: (tls.address() as AddressInfo).port, watched: sentinel.port, none };
  }

  /** Opens a cache, and checks what it says of its Redis. */
  async function expectReport(url: string, client: string, reason: RegExp): Promise<void> {
    const errors: unknown[] = [];
    const onEvent = (event: { type: string; error?: unknown }) => errors.push(event.error);
    const cache = new Cache(await createEngine(toSettings({ redis: `${url}?client=${client}`, onEvent })));
    caches.push(cache);
    expect(errors.map(String).join('\n')).toMatch(reason);
    await until(async () => reason.test((await cache.health()).problem ?? ''));
    const { problem } = await cache.health();
    expect(problem).toContain(/:(\d+)(\/main)?$/.exec(url)?.[1]);
    const told = JSON.stringify([errors.map(deeply), problem]);
    expect(told).not.toContain('wrong-secret');
    expect(told).not.toContain(PASSWORD);
  }

  it.each(CASES)(
    'is reported by each client at the start and later, without a secret: %s',
    async (_, urlOf, reason) => {
      const url = urlOf(ports(await freePort()));
      await Promise.all(LIBRARIES.map((client) => expectReport(url, client, reason)));
    },
  );

  it('keeps an application in production from starting, for the same reason', async () => {
    const url = `redis://app:wrong-secret@127.0.0.1:${server.port}`;
    const settings = toSettings({ redis: url }, { NODE_ENV: 'production' });
    await expect(createEngine(settings)).rejects.toMatchObject({
      code: 'LARDER_OPTIONS',
      message: expect.stringMatching(new RegExp(`127.0.0.1:${server.port}.*WRONGPASS`)),
    });
  }, 20_000);

  it.each(LIBRARIES)('works over TLS with its CA named in the URL, by %s', async (client) => {
    const { port } = tls.address() as AddressInfo;
    const redis = `rediss://127.0.0.1:${port}?ca=${CA}&client=${client}`;
    const cache = new Cache(await createEngine(toSettings({ redis })));
    caches.push(cache);
    expect(await cache.invalidate(['row'])).toEqual({ delivered: true });
    expect((await cache.health()).current).toBe(true);
  });

  it.each(LIBRARIES)('works through Sentinels with their password in the URL, by %s', async (client) => {
    const redis = `redis+sentinel://127.0.0.1:${sentinel.port}/main?sentinelPassword=watch&client=${client}`;
    const cache = new Cache(await createEngine(toSettings({ redis })));
    caches.push(cache);
    await until(async () => (await cache.invalidate(['row'])).delivered);
  });

  it('leaves no connection to a Sentinel open, by node-redis', async () => {
    const redis = `redis+sentinel://127.0.0.1:${sentinel.port}/main?sentinelPassword=watch&client=node-redis`;
    const cache = new Cache(await createEngine(toSettings({ redis })));
    caches.push(cache);
    await until(async () => (await cache.invalidate(['row'])).delivered);
    const watcher = await createClient({ url: `redis://:watch@127.0.0.1:${sentinel.port}` }).connect();
    await until(async () => `${await watcher.sendCommand(['CLIENT', 'LIST'])}`.match(/^id=/gm)?.length === 1);
    watcher.destroy();
  });
});

/** An error with its causes and properties, as a log prints it. */
function deeply(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { ...error, message: error.message, stack: error.stack, cause: deeply(error.cause) };
}

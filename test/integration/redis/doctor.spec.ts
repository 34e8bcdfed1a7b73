import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../../libs/larder/src/cli/doctor/finding.js';
import { checkPackages } from '../../../libs/larder/src/cli/doctor/package-check.js';
import { runChecks } from '../../../libs/larder/src/cli/doctor/redis-check.js';
import { diagnose, run } from '../../../libs/larder/src/cli/doctor/run.js';
import { createCache } from '../../../libs/larder/src/create-cache.js';
import { freePort } from '../../support/servers/free-port.js';
import { RedisServer } from '../../support/servers/redis-server.js';

const FITTING = { peers: { ioredis: '^5.4 || ^6' }, versionOf: () => '6.0.0', node: '22.1.0' };
const PASSWORD = 'well-kept-91';

let server: RedisServer;
let web: Server;
let closedPort: number;

beforeAll(async () => {
  server = await RedisServer.start();
  const all = ['on', `>${PASSWORD}`, '~*', '&*', '+@all'];
  await server.command('ACL', 'SETUSER', 'app', ...all);
  await server.command('ACL', 'SETUSER', 'commands', ...all, '-bitfield', '-xadd');
  await server.command('ACL', 'SETUSER', 'keys', 'on', `>${PASSWORD}`, '~other:*', '&*', '+@all');
  await server.command('ACL', 'SETUSER', 'scripts', ...all, '-eval', '-evalsha');
  web = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(web, 'listening');
  closedPort = await freePort();
});

afterEach(async () => {
  await server.command('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
  await server.command('REPLICAOF', 'NO', 'ONE');
});

afterAll(async () => {
  web.close();
  await server.stop();
});

const redisOf = (user?: string, scheme = 'redis') =>
  `${scheme}://${user === undefined ? '' : `${user}:${PASSWORD}@`}127.0.0.1:${server.port}`;

/** Starts and ends a process of the application. */
async function createTable(keyPrefix: string, slots: number): Promise<void> {
  const cache = await createCache({ redis: redisOf(), keyPrefix, slots, background: false });
  await cache.close();
}

type Env = Readonly<Record<string, string>>;
type Level = Finding['level'];

interface BrokenSetup {
  readonly env?: () => Env;
  readonly prepare?: () => Promise<unknown>;
  readonly level?: Level;
  readonly text: RegExp;
  readonly remedy: RegExp;
}

const BROKEN: Readonly<Record<string, BrokenSetup>> = {
  'a wrong password': {
    env: () => ({ LARDER_REDIS_URL: `redis://app:wrong@127.0.0.1:${server.port}` }),
    text: /WRONGPASS.*correct user and password/,
    remedy: /LARDER_REDIS_URL/,
  },
  'an unknown user': {
    env: () => ({ LARDER_REDIS_URL: `redis://nope:${PASSWORD}@127.0.0.1:${server.port}` }),
    text: /WRONGPASS.*correct user and password/,
    remedy: /LARDER_REDIS_URL/,
  },
  'TLS to a port without it': {
    env: () => ({ LARDER_REDIS_URL: redisOf('app', 'rediss') }),
    text: /does not speak TLS, use redis:\/\//,
    remedy: /LARDER_REDIS_URL/,
  },
  'a port that no server listens on': {
    env: () => ({ LARDER_REDIS_URL: `redis://127.0.0.1:${closedPort}` }),
    text: /ECONNREFUSED/,
    remedy: /start Redis there/,
  },
  'a web server in place of Redis': {
    env: () => ({ LARDER_REDIS_URL: `redis://127.0.0.1:${(web.address() as AddressInfo).port}` }),
    text: /cannot be used/,
    remedy: /LARDER_REDIS_URL/,
  },
  'a host that does not exist': {
    env: () => ({ LARDER_REDIS_URL: 'redis://no-such-host.invalid:6379' }),
    text: /no-such-host\.invalid.*cannot be used/,
    remedy: /LARDER_REDIS_URL/,
  },
  'a replica': {
    prepare: () => server.command('REPLICAOF', '127.0.0.1', String(closedPort)),
    text: /is a replica, which takes no writes/,
    remedy: /lead to the master/,
  },
  'allkeys-lru': {
    prepare: () => server.command('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru'),
    level: 'warning',
    text: /allkeys-lru, which can evict the version table.*volatile-lru/,
    remedy: /^$/,
  },
  'a full Redis that evicts nothing': {
    prepare: () => server.command('CONFIG', 'SET', 'maxmemory', '1mb'),
    level: 'warning',
    text: /refuses writes when it is full/,
    remedy: /Raise maxmemory/,
  },
  'commands that the user may not use': {
    env: () => ({ LARDER_REDIS_URL: redisOf('commands') }),
    text: /may not use bitfield, xadd$/,
    remedy: /docs\/redis\.md/,
  },
  'scripts that the user may not use': {
    env: () => ({ LARDER_REDIS_URL: redisOf('scripts') }),
    text: /may not use eval, evalsha$/,
    remedy: /docs\/redis\.md/,
  },
  'keys that the user may not use': {
    env: () => ({ LARDER_REDIS_URL: redisOf('keys') }),
    text: /may not use set on its keys/,
    remedy: /~larder:\*/,
  },
  'another number of slots than other processes': {
    env: () => ({ LARDER_REDIS_URL: redisOf(), LARDER_KEY_PREFIX: 'others' }),
    prepare: () => createTable('others', 65_536),
    text: /Other processes use 65536 slots, and this one 262144/,
    remedy: /LARDER_SLOTS/,
  },
  'an unknown variable': {
    env: () => ({ LARDER_REDIS_URL: redisOf(), LARDER_DEFUALT_TTL: '5m' }),
    text: /unknown environment variable LARDER_DEFUALT_TTL; did you mean LARDER_DEFAULT_TTL/,
    remedy: /Correct the variable/,
  },
  'an invalid variable': {
    env: () => ({ LARDER_REDIS_URL: redisOf(), LARDER_MAX_BYTES: 'much' }),
    text: /invalid LARDER_MAX_BYTES: got 'much'/,
    remedy: /Correct the variable/,
  },
  'an address that is none': {
    env: () => ({ LARDER_REDIS_URL: 'localhost' }),
    text: /invalid Redis URL/,
    remedy: /Correct the variable/,
  },
  'no Redis at all': {
    env: () => ({}),
    level: 'warning',
    text: /LARDER_REDIS_URL is not set/,
    remedy: /single process/,
  },
  'a short admin token': {
    env: () => ({ LARDER_REDIS_URL: redisOf(), LARDER_ADMIN_TOKEN: 'k3J9-qpw7-Z2xv-88aab' }),
    level: 'warning',
    text: /LARDER_ADMIN_TOKEN has 20 characters/,
    remedy: /openssl rand/,
  },
  'a PostgreSQL that is away': {
    env: () => ({ LARDER_REDIS_URL: redisOf(), LARDER_CHANGE_FEED_URL: `postgres://127.0.0.1:${closedPort}/none` }),
    text: /Check that PostgreSQL runs/,
    remedy: /^$/,
  },
};

describe('nest-larder doctor', () => {
  it.each(Object.entries(BROKEN))('names %s, and what to do', async (_name, { env, prepare, level, text, remedy }) => {
    await prepare?.();
    const findings = await diagnose(env?.() ?? { LARDER_REDIS_URL: redisOf() }, FITTING);
    // A round trip may be slow on a busy machine.
    const serious = findings.filter(({ level: one, text: said }) => one !== 'ok' && !said.startsWith('A round trip'));
    expect(serious).toContainEqual({
      area: expect.any(String),
      level: level ?? 'problem',
      text: expect.stringMatching(text),
      ...(remedy.source !== '^$' && { remedy: expect.stringMatching(remedy) }),
    });
    // Nothing else is wrong with this setup.
    expect(serious).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toContain(PASSWORD);
  });

  it.each<[string, Readonly<Record<string, string>>, number, RegExp]>([
    ['an old Redis', { redis_version: '6.2.1' }, 0, /Redis is version 6\.2\.1.*Redis 7 or later/],
    [
      'a clock that is an hour ahead',
      {},
      3_600_000,
      /This machine.*3600 s ahead of|clock of this machine is 3600 s ahead of/,
    ],
    ['a clock that is behind', {}, -60_000, /clock of this machine is 60 s behind/],
  ])('names %s', async (_name, info, offset, expected) => {
    const fields = { redis_version: '7.4.0', role: 'master', maxmemory: '0', ...info };
    const lines = Object.entries(fields).map(([name, value]) => `${name}:${value}\r\n`);
    const call = async (command: string) => {
      if (command === 'INFO') return Buffer.from(lines.join(''));
      return command === 'TIME' ? [Buffer.from('1000'), Buffer.from('0')] : 0;
    };
    const client = { call, masters: () => [] };
    const findings = await runChecks({
      client,
      isCluster: false,
      keyPrefix: 'larder',
      slots: 65_536,
      now: () => 1_000_000 + offset,
    });
    expect(
      findings
        .filter(({ level, text }) => level !== 'ok' && !text.startsWith('A round trip'))
        .map(({ text, remedy }) => `${text} ${remedy}`),
    ).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ['Node', '20.18.0', '6.0.0', ['Node is version 20.18.0']],
    ['a peer', '22.1.0', '4.28.5', ['ioredis is version 4.28.5']],
    ['a peer of a minor version', '22.1.0', '5.3.2', ['ioredis is version 5.3.2']],
    ['nothing', '20.19.0', '5.4.0', []],
  ])('names %s that is too old', (_name, node, version, expected) => {
    const findings = checkPackages(
      { ioredis: '^5.4 || ^6', missing: '^1' },
      (name) => (name === 'ioredis' ? version : undefined),
      node,
    );
    expect(findings.filter(({ level }) => level === 'problem').map(({ text }) => text)).toEqual(expected);
  });

  it('finds nothing wrong with a Redis that the application has used', async () => {
    await createTable('used', 262_144);
    const findings = await diagnose({ LARDER_REDIS_URL: redisOf(), LARDER_KEY_PREFIX: 'used' }, FITTING);
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([]);
  });

  it('prints one page, or JSON, and tells by its exit code whether there are problems', async () => {
    const printed: string[] = [];
    const terminal = { print: (text: string) => printed.push(text), complain: (text: string) => printed.push(text) };
    const healthy = { LARDER_REDIS_URL: redisOf() };
    const ill = { LARDER_REDIS_URL: `redis://127.0.0.1:${closedPort}` };
    expect([await run([], healthy, terminal, FITTING), await run([], ill, terminal, FITTING)]).toEqual([0, 1]);
    expect(printed[0]).toMatch(
      /^Settings\n {2}ok .*\nRedis\n[\s\S]*Packages\n[\s\S]*(Nothing is wrong\.|0 problems, 1 warnings\.)$/,
    );
    expect(printed[1]).toMatch(/PROBLEM {2}Redis at .*\n +→ Correct LARDER_REDIS_URL[\s\S]*1 problems, 0 warnings\.$/);
    expect(await run(['--json'], ill, terminal, FITTING)).toBe(1);
    expect(JSON.parse(printed[2] as string)).toMatchObject({ isHealthy: false, findings: expect.any(Array) });
    expect(await run(['--what'], healthy, terminal, FITTING)).toBe(2);
    expect(printed[3]).toContain("Unknown option '--what'");
  });

  it('leaves no key behind', async () => {
    await diagnose({ LARDER_REDIS_URL: redisOf() }, FITTING);
    expect(String(await server.command('KEYS', '*doctor*'))).toBe('');
  });
});

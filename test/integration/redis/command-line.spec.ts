import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../../libs/larder/src/cli/main.js';
import { type Cache, type CacheEvent, createCache, tag } from '../../../libs/larder/src/index.js';
import { RedisCluster } from '../../support/servers/redis-cluster.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let cluster: RedisCluster;

beforeAll(async () => {
  [server, cluster] = await Promise.all([RedisServer.start(), RedisCluster.start()]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

type Env = Readonly<Record<string, string>>;

/** The exit code of a command line, and what it printed. */
async function run(argv: string, env: Env = { LARDER_REDIS_URL: server.url }) {
  const [out, err]: string[][] = [[], []];
  const terminal = { print: (text: string) => out?.push(text), complain: (text: string) => err?.push(text) };
  const code = await main(argv.split(' '), env, terminal);
  return { code, out: out?.join('\n') ?? '', err: err?.join('\n') ?? '' };
}

async function json<T>(argv: string, env?: Env): Promise<T> {
  const { code, out, err } = await run(`${argv} --json`, env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

describe('nest-larder', () => {
  it('lists its commands, and prints the help of each without an environment', async () => {
    const { code, out } = await run('--help', {});
    expect(code).toBe(0);
    const commands = [...out.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name as string);
    expect(commands).toEqual(expect.arrayContaining(['doctor', 'keys', 'inspect', 'invalidate', 'stats', 'triggers']));
    for (const name of commands) {
      const help = await run(`${name} --help`, {});
      expect(help).toEqual({ code: 0, out: expect.stringContaining(`npx nest-larder ${name}`), err: '' });
      expect(await run(`help ${name}`, {})).toEqual(help);
    }
  });

  it('prints the version of the package', async () => {
    const manifest = await readFile(join(import.meta.dirname, '../../../libs/larder/package.json'), 'utf8');
    expect(await run('--version', {})).toEqual({ code: 0, out: JSON.parse(manifest).version, err: '' });
  });

  it.each<[string, string, Env | undefined, RegExp]>([
    ['an unknown command', 'kyes', undefined, /Unknown command 'kyes'; did you mean keys\?/],
    ['an unknown option', 'keys --limt=3', undefined, /Unknown option '--limt'/],
    [
      'an invalid number',
      'keys --limit ten',
      undefined,
      /invalid --limit: got 'ten', expected a whole number from 1 to 10000/,
    ],
    ['too many arguments', 'keys one two', undefined, /Unexpected arguments: 'two'/],
    ['no Redis', 'keys', {}, /LARDER_REDIS_URL is not set; set it to/],
    ['no target', 'invalidate', undefined, /no target; name a key/],
    ['an unintended everything', 'invalidate **', undefined, /covers everything; if you mean that, use --everything/],
    ['a key that cannot exist', 'invalidate tournaments:', undefined, /a part between colons is empty/],
    ['a key that is no JSON', 'inspect [tournaments', undefined, /is no JSON, expected a list such as/],
    ['a pattern for a key', 'inspect tournaments:*', undefined, /is a pattern, expected one key/],
    ['a shortened key', `invalidate a:%sha256-${'0'.repeat(64)}`, undefined, /name a prefix or a tag of it/],
  ])('names %s, and exits with 2', async (_name, argv, env, expected) => {
    expect(await run(argv, env)).toEqual({ code: 2, out: '', err: expect.stringMatching(expected) });
  });

  it.each(['keys', 'inspect a', 'invalidate a', 'invalidate a --dry-run', 'stats'])(
    '%s names a prefix that no process uses, and writes nothing there',
    async (argv) => {
      const env = { LARDER_REDIS_URL: server.url, LARDER_KEY_PREFIX: 'mistyped' };
      const { code, err } = await run(argv, env);
      expect(code).toBe(1);
      expect(err).toMatch(/No process has used this Redis with the prefix 'mistyped'.*LARDER_KEY_PREFIX/);
      expect(await server.command('KEYS', '*mistyped*')).toEqual([]);
    },
  );

  it.each(['keys', 'inspect a', 'invalidate a', 'stats'])(
    '%s names a Redis that refuses it, and shows no password',
    async (argv) => {
      await server.command('ACL', 'SETUSER', 'app', 'on', '>k3pt-91', '~*', '&*', '+@all');
      const { code, out, err } = await run(argv, { LARDER_REDIS_URL: `redis://app:k3pt-92@127.0.0.1:${server.port}` });
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/WRONGPASS/);
      expect(err).not.toMatch(/k3pt/);
    },
  );
});

/** What is named, the command, entries that it invalidates, and the name of the target in the journal. */
const INVALIDATIONS: readonly [string, string, string[], string][] = [
  ['a key', 'invalidate tournaments:1', ['tournaments:1:scores'], 'tournaments:1'],
  [
    'a prefix',
    'invalidate tournaments:*',
    ['tournaments:1:scores', 'tournaments:2:scores', 'tournaments:3:scores'],
    'tournaments:*',
  ],
  [
    'a pattern',
    'invalidate tournaments:*:scores venues:9',
    ['tournaments:1:scores', 'tournaments:3:scores', 'venues:9'],
    'tournaments:*:scores, venues:9',
  ],
  ['a key as JSON', 'invalidate ["tournaments",2]', ['tournaments:2:scores'], 'tournaments:2'],
  ['a tag', 'invalidate --tag venue:9', ['tournaments:3:scores', 'venues:9'], 'tag venue:9'],
  ['everything', 'invalidate --everything', ['tournaments:1:scores', 'venues:9'], '*'],
];

describe.each(['one server', 'a cluster'])('on %s', (kind) => {
  /** A test that a cluster would only repeat. */
  const onServer = (name: string, work: () => Promise<void>) => {
    if (kind === 'one server') it(name, work);
  };
  const caches: Cache[] = [];
  const events: CacheEvent[] = [];
  let env: Env;
  let node: Cache;

  beforeEach(async () => {
    const url = `redis+cluster://${cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
    const prefix = `cli${Math.random().toString(36).slice(2)}`;
    env = {
      LARDER_REDIS_URL: kind === 'a cluster' ? url : server.url,
      LARDER_KEY_PREFIX: prefix,
      LARDER_SLOTS: '65536',
    };
    node = await createCache({
      redis: env.LARDER_REDIS_URL as string,
      keyPrefix: prefix,
      slots: 65_536,
      redisTimeout: '5s',
      diagnostics: true,
      onEvent: (event) => events.push(event),
    });
    caches.push(node);
    for (const id of [1, 2, 3]) {
      await node.set(['tournaments', id, 'scores'], { id }, { ttl: '1h', tags: id === 3 ? ['venue:9'] : [] });
    }
    await node.set(['venues', 9], { name: 'Hall' }, { ttl: '2h', tags: ['venue:9'] });
  });

  afterEach(async () => {
    events.length = 0;
    await Promise.all(caches.splice(0).map((cache) => cache.close()));
  });

  it('lists the entries of all masters, with age, TTL and size', async () => {
    const { out } = await run('keys', env);
    const ids = ['tournaments:1:scores', 'tournaments:2:scores', 'tournaments:3:scores', 'venues:9'];
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^ *age {2}expires in +size {2}key$/);
    expect(lines.slice(1, 5).map((line) => line.split(/ {2,}/).at(-1))).toEqual(ids);
    expect(lines.at(-1)).toBe('4 entries.');
    const { entries } = await json<{ entries: { ttl: number; bytes: number }[] }>('keys venues:*', env);
    expect(entries).toEqual([
      { id: 'venues:9', age: expect.any(Number), ttl: expect.any(Number), bytes: expect.any(Number), loadCost: 0 },
    ]);
    expect(entries[0]?.ttl).toBeGreaterThan(3_600_000);
    expect(entries[0]?.bytes).toBeGreaterThan(64);
  });

  onServer('bounds the list, and says that there is more', async () => {
    const { out } = await run('keys --limit 2', env);
    expect(out.match(/scores|venues/g)).toHaveLength(2);
    expect(out).toContain('There are more than 2.');
  });

  onServer('explains a key by its path and as JSON, also after its invalidation', async () => {
    expect(await json('inspect venues:9', env)).toMatchObject({ id: 'venues:9', verdict: 'hit', tags: ['venue:9'] });
    expect(await json('inspect ["venues",9]', env)).toMatchObject({ verdict: 'hit' });
    await node.invalidate(tag('venue:9'));
    expect(await json('inspect venues:9', env)).toMatchObject({
      verdict: 'invalidated',
      reason: 'Invalidated since its load began: tag venue:9.',
    });
    expect(await run('inspect venues:10', env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('Nothing is stored'),
    });
  });

  it.each(INVALIDATIONS.filter(([name]) => kind === 'one server' || name === 'a pattern' || name === 'a tag'))(
    'invalidates %s on every node, as a node does',
    async (_name, argv, expected, target) => {
      const { code, out } = await run(argv, env);
      expect([code, out]).toEqual([0, expect.stringContaining('Redis has it')]);
      // It is acknowledged: a strong read anywhere must load.
      for (const id of expected) {
        const key = id.split(':') as [string];
        expect(await node.getOrLoad<unknown>(key, () => 'new', { consistency: 'strong' })).toBe('new');
      }
      await until(() => events.some(({ type }) => type === 'invalidated'));
      expect(events).toContainEqual({ type: 'invalidated', origin: 'console', target });
      const others = ['tournaments:1:scores', 'tournaments:2:scores', 'venues:9'].filter(
        (id) => !expected.includes(id) && !argv.includes('*') && !argv.includes('--everything'),
      );
      for (const id of others) expect((await node.inspect(id.split(':') as [string]))?.verdict).toBe('hit');
    },
  );

  it('counts what an invalidation would cover, and changes nothing', async () => {
    const before = await json<{ journal: { records: number } }>('stats', env);
    const found = await json('invalidate tournaments:*:scores venues tournaments --tag venue:9 --dry-run', env);
    expect(found).toEqual({
      dryRun: true,
      targets: [
        { target: 'tournaments:*:scores', entries: 3 },
        { target: 'venues', entries: 1 },
        { target: 'tournaments', entries: 3 },
        { target: 'tag venue:9', entries: 2 },
      ],
      total: 4,
      examples: ['tournaments:1:scores', 'tournaments:2:scores', 'tournaments:3:scores', 'venues:9'],
      isComplete: true,
    });
    expect((await run('invalidate venue --dry-run', env)).out).toContain('venue: 0 entries in Redis');
    const after = await json<{ journal: { records: number } }>('stats', env);
    expect(after.journal.records).toBe(before.journal.records);
    expect((await node.inspect(['venues', 9]))?.verdict).toBe('hit');
  });

  onServer('prints what Redis knows: memory, keys, the last invalidations and their origins', async () => {
    await node.attribute('PATCH /v1/venues/:id', () => node.invalidate(tag('venue:9'), ['venues', 9]));
    const found = await json<{ journal: object }>('stats', env);
    expect(found).toMatchObject({ slots: 65_536, redis: { versions: [expect.any(String)], keys: expect.any(Number) } });
    // One record more than invalidations: the region of observed dependencies has begun.
    expect(found.journal).toMatchObject({ records: 7, origins: { 'PATCH /v1/venues/:id': 1, call: 4 } });
    expect((await run('stats', env)).out).toMatch(/journal {8}7 records in the last/);
  });
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { consistencyOf } from '../../cache/stats/audit-stats.js';
import { createCache } from '../../create-cache.js';
import { main } from '../main.js';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

async function serve(answer: Answer): Promise<string> {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    answer(response, request, body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function run(argv: readonly string[], onDraw?: (line: string) => void) {
  const [out, err]: string[][] = [[], []];
  const terminal = {
    print: (text: string) => out?.push(text),
    complain: (text: string) => err?.push(text),
    draw: onDraw,
  };
  const code = await main(argv, {}, terminal);
  return { code, out: out?.join('\n') ?? '', err: err?.join('\n') ?? '' };
}

describe('nest-larder warm', () => {
  const REPORT = { total: 2, loaded: 1, fresh: 1, skipped: 0, failed: [], took: 12 };

  it('draws the progress while the process works, then prints the reports', async () => {
    const orders: unknown[] = [];
    let finish = () => {};
    const url = await serve((response, { url: path }, body) => {
      orders.push([path, JSON.parse(body)]);
      response.setHeader('content-type', 'application/x-ndjson');
      response.write('{"method":"venues","done":1,"to');
      response.write('tal":2}\n');
      finish = () => response.end(JSON.stringify({ reports: { venues: REPORT } }));
    });
    const drawn: string[] = [];
    const { code, out } = await run(
      ['warm', '--url', url, '--method', 'venues', '--data', '{"user_ids":["1"]}'],
      (line) => {
        drawn.push(line);
        // The process ends only when its progress was drawn.
        finish();
      },
    );
    expect(drawn).toEqual(['venues [############············] 1/2', '']);
    expect(orders).toEqual([['/warm', { user_ids: ['1'], methods: ['venues'] }]]);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['method', 'loaded', 'cached already', 'skipped', 'failed', 'took'],
      ['venues', '1', '1', '0', '0', '12ms'],
    ]);
  });

  it('takes the reports of a process that streams nothing, and names what failed', async () => {
    const failed = [{ arguments: ['7'], error: 'Error: away\u001b[2J' }];
    const url = await serve((response) => response.end(JSON.stringify({ reports: { venues: { ...REPORT, failed } } })));
    const { code, err } = await run(['warm', '--url', url]);
    expect([code, err]).toEqual([1, 'FAILED: venues(["7"]): Error: away\\u001b[2J']);
  });

  it.each<[string, string, RegExp]>([
    ['stops', '{"method":"venues","done":1,"total":2}\n{"error":"Error: no"}\n', /stopped warming: Error: no/],
    ['ends too early', '{"method":"venues","done":1,"total":2}\n', /or ended before them/],
    ['answers with something else', '{"reports":{"venues":{"loaded":1}}}\n', /does not answer with reports/],
  ])('names a process that %s', async (_name, lines, expected) => {
    const url = await serve((response) => {
      response.setHeader('content-type', 'application/x-ndjson');
      response.end(lines);
    });
    const { code, err } = await run(['warm', '--url', url]);
    expect([code, err]).toEqual([1, expect.stringMatching(expected)]);
  });

  it.each([
    [['warm'], /no --url/],
    [['warm', '--url', 'http://localhost', '--data', '[1]'], /invalid --data: got '\[1\]', expected a JSON object/],
  ])('rejects %s', async (argv, expected) => {
    expect(await run(argv)).toMatchObject({ code: 2, err: expect.stringMatching(expected) });
  });
});

describe('nest-larder audit', () => {
  const counts = (reads: number, stale: number, causes = {}) => ({
    ...{ reads, stale, concurrent: 0, undecided: 1, skipped: 2, worstAge: stale === 0 ? null : 9_000, causes },
    ...consistencyOf(reads, stale),
  });

  async function audited(audit: object | undefined): Promise<object> {
    const cache = await createCache({ background: false });
    const stats = cache.stats();
    await cache.close();
    return { ...stats, audit };
  }

  it('adds the counts of processes, and exits with 1 for a stale read', async () => {
    const stale = counts(1_000, 2, { 'Venues.rename': 2 });
    const answers = [
      await audited({ ...counts(9_000, 0), methods: { 'Venues.one': counts(9_000, 0) } }),
      await audited({ ...stale, methods: { 'Tournaments.one': stale } }),
      await audited(undefined),
    ];
    const url = await serve((response, { url: path }) => response.end(JSON.stringify(answers[Number(path?.[1])])));
    const argv = ['audit', ...['0', '1', '2'].flatMap((name) => ['--url', `${url}/${name}`])];
    const { code, out } = await run(argv);
    expect(code).toBe(1);
    const lines = out.split('\n').map((line) => line.trim());
    expect(lines[0]).toBe('2 audited processes of 3, since each started');
    expect(lines[1]).toBe('compared   10,000 hits; 4 skipped for the budget, 2 without a verdict');
    expect(lines[3]).toBe('nines      3.1 to 4.3');
    expect(lines[6]).toMatch(/^Tournaments\.one +1,000 +2 +2\.1 to 3\.3 +1 +9s$/);
    expect(lines).toContain('Venues.rename: 2');
    const json = JSON.parse((await run([...argv, '--json'])).out);
    expect(json).toMatchObject({
      audited: 2,
      reads: 10_000,
      stale: 2,
      worstAge: 9_000,
      causes: { 'Venues.rename': 2 },
    });
  });

  it('exits with 0 without a stale read', async () => {
    const body = JSON.stringify(await audited({ ...counts(1_000, 0), methods: {} }));
    const url = await serve((response) => response.end(body));
    const { code, out } = await run(['audit', '--url', url]);
    expect([code, out]).toEqual([0, expect.stringMatching(/nines {6}more than 2\.4.*No stale read was found\.$/s)]);
  });

  it('says how to turn the audit on', async () => {
    const body = JSON.stringify(await audited(undefined));
    const url = await serve((response) => response.end(body));
    expect(await run(['audit', '--url', url])).toMatchObject({
      code: 1,
      err: expect.stringContaining('Set LARDER_AUDIT=0.001'),
    });
  });
});

describe('nest-larder advise', () => {
  it('prints the advice with its figures, or that there is none', async () => {
    const cache = await createCache({ background: false });
    const stats = cache.stats();
    await cache.close();
    const answers = [stats, { ...stats, uncacheable: 3 }].map((one) => JSON.stringify(one));
    const url = await serve((response, { url: path = '' }) => {
      // The application has no route for the adviser.
      if (path.endsWith('/advice')) response.statusCode = 404;
      response.end(answers[Number(path[1])]);
    });
    expect((await run(['advise', '--url', `${url}/0`])).out).toMatch(/^No advice: /);
    expect((await run(['advise', '--url', `${url}/1`])).out).toMatch(
      /^values\n {2}3 loaded values could not be stored\.\n {2}→ Look for the event uncacheable/,
    );
  });
});

describe('nest-larder advise, with the adviser', () => {
  it('prints what the adviser recommends, and leaves TTLs and memory to it', async () => {
    const cache = await createCache({ adviser: true, maxEntries: 100 });
    for (let read = 0; read < 3000; read++) await cache.getOrLoad(['scores', read % 150], () => ({ read }));
    for (let read = 0; read < 400; read++) await cache.getOrLoad(['exports', read], () => ({ read }));
    const answers = { stats: cache.stats(), advice: cache.advice() };
    await cache.close();
    const url = await serve((response, { url: path }) =>
      response.end(JSON.stringify(path === '/advice' ? answers.advice : answers.stats)),
    );
    const { code, out } = await run(['advise', '--url', url]);
    expect(code).toBe(0);
    expect(out).toMatch(/^memory\n {2}memory 100 → \d+ entries saves \d+ % of the loads/);
    expect(out).toMatch(/^exports\n {2}Never hit twice: .* stop caching it/m);
    expect(out).not.toContain('LARDER_MAX_ENTRIES');
  });
});

describe('nest-larder inspect --url', () => {
  const ENTRY = {
    id: 'venues:7',
    tier: 'memory',
    age: 5,
    ttl: null,
    size: 9,
    loadCost: 3,
    tags: [],
    verdict: 'hit',
    reason: 'Fresh.',
  };

  it('asks for a path of plain parts, or for JSON, and shows what the process has', async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve((response, { url: path }) => {
      asked.push(path);
      response.end(JSON.stringify(ENTRY));
    });
    const { code, out } = await run(['inspect', 'venues:7', '--url', url]);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^venues:7\n {2}found in {4}memory\n {2}verdict {5}hit\n.*expires in {2}never/s),
    ]);
    await run(['inspect', '["venues",{"page":1}]', '--url', url]);
    const keys = asked.map((path) => new URL(path as string, url).searchParams.get('key'));
    expect(keys).toEqual(['["venues","7"]', '["venues",{"page":1}]']);
  });

  it.each<[string, number, string, RegExp]>([
    [
      'has nothing',
      404,
      '{"detail":"Nothing is cached under it."}',
      /404: Nothing is cached under it\. If this is not what you asked for/,
    ],
    ['answers with something else', 200, '{"verdict":1}', /does not answer with an entry/],
  ])('names a process that %s', async (_name, status, body, expected) => {
    const url = await serve((response) => {
      response.statusCode = status;
      response.end(body);
    });
    expect(await run(['inspect', 'venues:7', '--url', url])).toMatchObject({
      code: 1,
      err: expect.stringMatching(expected),
    });
  });

  it('rejects a path whose key it cannot tell', async () => {
    const { code, err } = await run(['inspect', 'venues:page=1', '--url', 'http://localhost']);
    expect([code, err]).toEqual([2, expect.stringContaining('write the key as JSON')]);
  });
});

describe('nest-larder invalidate --url', () => {
  it('lets the process invalidate, and tells what became of each target', async () => {
    const orders: unknown[] = [];
    const url = await serve((response, { url: path }, body) => {
      orders.push([path, JSON.parse(body)]);
      const failed = [{ target: { pattern: 'users:*:x' }, error: 'Error: no' }];
      response.end(JSON.stringify({ delivered: 1, undelivered: [{ tag: 'venue:7' }], failed, skipped: [] }));
    });
    const { code, out, err } = await run(['invalidate', 'venues:7', 'users:*:x', '--tag', 'venue:7', '--url', url]);
    expect(orders).toEqual([['/invalidate', { tags: ['venue:7'], patterns: ['venues:7', 'users:*:x'] }]]);
    expect(code).toBe(1);
    expect(out).toMatch(/^Invalidated: venues:7\nThe process has applied it/);
    expect(err).toMatch(
      /^NOT CONFIRMED: tag venue:7\nFAILED: users:\*:x \(Error: no\)\nThe process has applied it and keeps it/,
    );
  });

  it.each([
    [['--dry-run', 'venues:7'], /--dry-run works on Redis only/],
    [['--everything'], /--everything works on Redis only/],
  ])('rejects %s', async (argv, expected) => {
    const { code, err } = await run(['invalidate', ...argv, '--url', 'http://localhost']);
    expect([code, err]).toEqual([2, expect.stringMatching(expected)]);
  });

  it('names a process that answers with something else', async () => {
    const url = await serve((response) => response.end('{}'));
    expect(await run(['invalidate', 'venues', '--url', url])).toMatchObject({
      code: 1,
      err: expect.stringContaining('/invalidate does not answer'),
    });
  });
});

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from '../../create-cache.js';
import { main } from '../main.js';

const TOKEN = 'k3J9qpw7Z2xv88aabbcc';

let server: Server;
let base: string;
/** What the routes below `/<name>` answer. */
let answers: Readonly<Record<string, (response: ServerResponse) => void>>;
let requests: { url: string | undefined; authorization: string | undefined }[];

beforeAll(async () => {
  const stats = JSON.stringify(await usedCache());
  answers = {
    one: (response) => response.setHeader('content-type', 'application/json').end(stats),
    refused: (response) => {
      response.statusCode = 401;
      response.end(JSON.stringify({ detail: 'Admin token missing.\u001b[2J' }));
    },
    absent: (response) => {
      response.statusCode = 404;
      response.end('<html>');
    },
    moved: (response) => {
      response.statusCode = 302;
      response.setHeader('location', `${base}/one/stats`).end();
    },
    broken: (response) => {
      response.statusCode = 500;
      response.end('{"message":"Out of order"}');
    },
    page: (response) => response.end('<html>'),
    other: (response) => response.end('{"methods":{}}'),
    endless: (response) => {
      const piece = Buffer.alloc(1 << 20, ' ');
      const send = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', send);
      send();
    },
    silent: () => {},
    halting: (response) => response.write('{'),
  };
  server = createServer((request, response) => {
    requests.push({ url: request.url, authorization: request.headers.authorization });
    answers[request.url?.split('/')[1] ?? '']?.(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Statistics of a cache with three misses and one hit. */
async function usedCache() {
  const cache = await createCache({ background: false });
  for (const id of [1, 2, 3, 3]) await cache.getOrLoad(['venues', id], () => ({ id }));
  const stats = cache.stats();
  await cache.close();
  const method = { ...stats, hits: 1, misses: 3 };
  return { ...stats, methods: { 'Venues.one': method, 'Venues\u001b[2J.all': { ...method, hits: 7 } } };
}

async function run(argv: string, env = {}) {
  const [out, err]: string[][] = [[], []];
  const terminal = { print: (text: string) => out?.push(text), complain: (text: string) => err?.push(text) };
  const code = await main(argv.split(' '), env, terminal);
  return { code, out: out?.join('\n') ?? '', err: err?.join('\n') ?? '' };
}

describe('nest-larder stats --url', () => {
  it('adds the figures of processes, by method, most calls first', async () => {
    const { code, out } = await run(`stats --url ${base}/one --url ${base}/one/`);
    expect(code).toBe(0);
    const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows[0]).toEqual(['2 processes, since each started']);
    expect(rows).toContainEqual(['method', 'calls', 'hit rate', 'loads', 'errors', 'p95 load', 'memory']);
    const named = rows.slice(6).map(([name, calls, rate, loads]) => [name, calls, rate, loads]);
    expect(named).toEqual([
      ['Venues\\u001b[2J.all', '20', '70.0 %', '6'],
      ['Venues.one', '8', '25.0 %', '6'],
      ['all calls', '8', '25.0 %', '6'],
    ]);
    expect(requests.map(({ url }) => url)).toEqual(['/one/stats', '/one/stats']);
  });

  it('prints no more methods than --top, and says that there are more', async () => {
    const { out } = await run(`stats --url ${base}/one --top 1`);
    expect(out).not.toContain('Venues.one');
    expect(out).toContain('1 method has fewer calls; --top shows more.');
    const { methods, hits } = JSON.parse((await run(`stats --url ${base}/one --top 1 --json`)).out);
    expect([Object.keys(methods), hits]).toEqual([['Venues\u001b[2J.all'], 1]);
  });

  it('sends the token of the environment, and only if there is one', async () => {
    await run(`stats --url ${base}/one`, { LARDER_ADMIN_TOKEN: TOKEN });
    await run(`stats --url ${base}/one`);
    expect(requests.map(({ authorization }) => authorization)).toEqual([`Bearer ${TOKEN}`, undefined]);
  });

  it.each<[string, RegExp]>([
    ['refused', /with 401: Admin token missing.*LARDER_ADMIN_TOKEN is not the admin token of this application/],
    ['absent', /with 404\. Let --url lead to the admin routes/],
    ['moved', /with 302\. Redirects are not followed/],
    ['broken', /with 500: Out of order\. Look into the log/],
    ['page', /did not answer with JSON/],
    ['other', /does not answer with the statistics of a cache.*cache\.stats\(\)/],
    ['endless', /answered with more than 8388608 bytes/],
    ['silent', /did not answer within 200ms.*--timeout/],
    ['halting', /did not answer within 200ms/],
  ])('names a process that is %s, and shows no token', async (route, expected) => {
    const timeout = route === 'silent' || route === 'halting' ? '200ms' : '20s';
    const { code, out, err } = await run(`stats --url ${base}/${route} --timeout ${timeout}`, {
      LARDER_ADMIN_TOKEN: TOKEN,
    });
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(expected);
    expect(err).not.toContain(TOKEN);
    expect(err).not.toContain('\u001b');
    expect(requests).toHaveLength(1);
  });

  it('names a missing token, and a process that does not run', async () => {
    expect((await run(`stats --url ${base}/refused`)).err).toContain('Set LARDER_ADMIN_TOKEN to the admin token');
    expect(await run('stats --url http://127.0.0.1:1/admin')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/http:\/\/127\.0\.0\.1:1\/admin cannot be reached/),
    });
  });

  it.each([
    ['stats --url localhost:3000', {}, /invalid --url \(not shown\)/],
    ['stats --url http://admin:s3cret@localhost', {}, /invalid --url \(not shown\)/],
    ['stats --url http://localhost', { LARDER_ADMIN_TOKEN: 's3cret\nX' }, /invalid LARDER_ADMIN_TOKEN \(not shown\)/],
    ['stats --url http://localhost --timeout 25h', {}, /invalid --timeout: got '25h'/],
    ['stats --url http://localhost --top 0', {}, /invalid --top: got '0'/],
  ])('rejects %s', async (argv, env, expected) => {
    const { code, err } = await run(argv, env);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
    expect(err).not.toContain('s3cret');
  });
});

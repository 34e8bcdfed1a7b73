import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type ProblemDetails, problemDetails } from '../../apps/arena/src/platform/http/problems/problem.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

let arena: RunningArena;
let player: string;
let database: SideDoor;

beforeAll(async () => {
  // Only a test's own request may wait for its lock.
  arena = await runArena({ warming: false });
  player = await arena.signIn(1);
  database = await SideDoor.open(arena.dataDir);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

/** The problem that a request with this body receives. The body need not be JSON. */
async function post(body: string, headers: Record<string, string> = { 'Content-Type': 'application/json' }) {
  const response = await fetch(`${arena.url}/notifications?x=y`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${player}`, ...headers },
    body,
  });
  return told(response);
}

async function told(response: Response): Promise<ProblemDetails> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json; charset=utf-8');
  const body = await response.json();
  expect(problemDetails.strict().parse(body)).toEqual(body);
  expect(body).toMatchObject({ status: response.status });
  return body as ProblemDetails;
}

describe('a bad request', () => {
  it.each(['/nowhere', '/v1/tournaments/1/nothing', '/docs-jsonx', '/v1/tournaments/%E0%A4%A'])(
    'at %s',
    async (path) => {
      const { status, instance } = await told(await fetch(arena.url + path));
      expect([status, instance]).toEqual([path.endsWith('%A') ? 400 : 404, path]);
    },
  );

  it('with malformed JSON is a 400', async () => {
    expect(await post('{"userId":')).toMatchObject({ status: 400, title: 'Bad Request', instance: '/notifications' });
  });

  it('with a body that is too large is a 413', async () => {
    const body = JSON.stringify({ userId: '2', title: 'x', body: 'x'.repeat(200_000) });
    expect(await post(body)).toMatchObject({ status: 413, title: 'Payload Too Large' });
  });

  it('with an unsupported content type or encoding is refused', async () => {
    expect(await post('userId=2', { 'Content-Type': 'text/plain' })).toMatchObject({ status: 400 });
    expect(await post('{}', { 'Content-Type': 'application/json; charset=klingon' })).toMatchObject({ status: 415 });
    expect(await post('{}', { 'Content-Type': 'application/json', 'Content-Encoding': 'zip' })).toMatchObject({
      status: 415,
    });
  });

  it.each(['null', '[]', '"text"', '7', '{"__proto__":{"userId":"2"}}'])('with the body %s is a 400', async (body) => {
    expect(await post(body)).toMatchObject({ status: 400 });
  });

  it('lists its errors field by field', async () => {
    expect(await post('{"userId":"2","title":"\\u0000","body":"x","more":1}')).toEqual({
      type: 'tag:arena.test,2026:invalid-request',
      title: 'Invalid request',
      status: 400,
      detail: 'The request is invalid; see errors.',
      instance: '/notifications',
      errors: [
        { in: 'body', field: 'title', message: 'Must not contain a NUL character' },
        { in: 'body', field: 'more', message: 'Unknown field' },
      ],
    });
  });
});

describe('a problem in a browser', () => {
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
  const ask = (path: string, Accept: string) => fetch(arena.url + path, { headers: { Accept } });

  it.each([
    ['/nowhere', 404, 'Cannot GET /nowhere'],
    ['/app/nowhere', 404, 'There is no page nowhere.'],
    ['/app/calls/1', 404, 'There is no page calls/1.'],
    ['/app/market/abc', 404, 'There is no page market/abc.'],
    ['/v1/tournaments/999999', 404, 'There is no tournament 999999.'],
    ['/v1/tournaments?perPage=0', 400, 'perPage: Too small'],
    ['/me', 401, 'href="/app/account"'],
    ['/v1/tournaments/%E0%A4%A', 400, 'Bad Request'],
  ])('at %s is a page with its status and a way back', async (path, status, shows) => {
    const response = await ask(path, BROWSER);
    expect([response.status, response.headers.get('Content-Type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(response.headers.get('Vary')).toContain('Accept');
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'self'");
    const page = await response.text();
    expect(page).toContain(shows);
    expect(page).toContain('<a href="/">');
  });

  it('shows what the client sent as text', async () => {
    const page = await (await ask('/app/%3Cscript%3Ealert(1)', BROWSER)).text();
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('There is no page &lt;script&gt;alert(1).');
  });

  it.each(['*/*', 'application/json', 'application/problem+json', 'application/json, text/html;q=0.9', 'image/png'])(
    'is JSON for a program that accepts %s',
    async (accept) => {
      const response = await ask('/nowhere', accept);
      expect(response.headers.get('Vary')).toContain('Accept');
      expect(await told(response)).toMatchObject({ status: 404 });
    },
  );
});

describe('a body that makes a schema throw', () => {
  type Schema = { $ref?: string; properties?: Record<string, unknown> };
  type Operation = { requestBody?: { content: Record<string, { schema: Schema }> } };
  interface Document {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
  }

  it('is a 400 on every route that takes one', async () => {
    const document = (await (await fetch(`${arena.url}/docs-json`)).json()) as Document;
    const statuses: string[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { requestBody }] of Object.entries(operations)) {
        const schema = requestBody?.content['application/json']?.schema;
        if (schema === undefined) continue;
        const { properties = {} } = document.components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
        for (const field of Object.keys(properties)) {
          const body = { [field]: { length: { toString: 1 }, size: { valueOf: 1 } } };
          const url = path.replaceAll(/\{\w+\}/g, '1');
          const { status } = await arena.send(method.toUpperCase() as 'POST', url, player, body);
          statuses.push(`${status} ${method} ${path} ${field}`);
        }
      }
    }
    expect(statuses.length).toBeGreaterThan(10);
    expect(statuses.filter((one) => !/^4\d\d /.test(one))).toEqual([]);
  });

  it('receives a short response if it has many fields', async () => {
    const fields = Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`field${index}`, 0]));
    const response = await fetch(`${arena.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...fields, ['x'.repeat(5000)]: 0 }),
    });
    const answer = await response.clone().text();
    const problem = await told(response);
    expect(answer.length).toBeLessThan(8000);
    expect(problem.errors).toHaveLength(20);
    expect(problem.detail).toBe('The request is invalid; see errors, and 5983 more.');
  });
});

describe('a database that cannot serve', () => {
  const logged: unknown[] = [];
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const CHANGES = [
    [
      'lets arena in no more',
      "alter role arena password 'other'",
      (password: string) => `alter role arena password '${password}'`,
    ],
    [
      'may only be read',
      'alter database postgres set default_transaction_read_only = on',
      () => 'alter database postgres set default_transaction_read_only = off',
    ],
  ] as const;

  it.each(CHANGES)('is a 503 when it %s, without SQL in the log', async (_, change, back) => {
    const password = await readFile(join(arena.dataDir, 'postgres', 'password'), 'utf8');
    const reconnect = () =>
      database.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'arena'");
    const write = () =>
      fetch(`${arena.url}/notifications`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${player}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ userId: '2', title: 'Hi', body: 'a-secret-of-4711' }),
      });
    for (const level of ['warn', 'error'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((message: unknown) => void logged.push(inspect(message)));
    }
    await database.run(change);
    try {
      await reconnect();
      // The pool may not have noticed a lost connection yet: that is another kind of 503.
      logged.length = 0;
      await until(async () => {
        const problem = await told(await write());
        expect(problem).toMatchObject({ status: 503, title: 'Service Unavailable' });
        return logged.some((line) => /authentication failed|read-only transaction/.test(String(line)));
      }, 10_000);
      expect(logged.join('')).not.toMatch(/insert into|a-secret-of-4711/i);
    } finally {
      await database.run('set default_transaction_read_only = off');
      await database.run(back(password));
      await reconnect();
    }
    await until(async () => (await write()).status === 201, 10_000);
  });
});

describe('an internal error', () => {
  it('is a 500 that reveals nothing', async () => {
    await database.run('alter table offers rename to lost');
    try {
      const problem = await told(await fetch(`${arena.url}/marketplace/items/777`));
      expect(problem).toEqual({
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        detail: 'An unexpected error occurred. It has been logged.',
        instance: '/marketplace/items/777',
      });
    } finally {
      await database.run('alter table lost rename to offers');
    }
    expect(await arena.get('/marketplace/items/777')).toMatchObject({ status: 200 });
  });

  it('is a 503 when the database ends a query; the next query works', async () => {
    await database.whileLocked('items', async () => {
      const asking = fetch(`${arena.url}/marketplace/items/778`);
      await database.untilAQueryWaits();
      await database.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'arena'");
      const response = await asking;
      expect(response.headers.get('Retry-After')).toBe('1');
      expect(await told(response)).toMatchObject({ status: 503, title: 'Service Unavailable' });
    });
    expect(await arena.get('/marketplace/items/778')).toMatchObject({ status: 200 });
  });
});

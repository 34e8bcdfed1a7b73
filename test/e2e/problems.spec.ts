import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ProblemDetails, problemDetails } from '../../apps/arena/src/platform/http/problems/problem.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';

let arena: RunningArena;
let player: string;
let database: SideDoor;

beforeAll(async () => {
  arena = await runArena();
  player = await arena.signIn(1);
  database = await SideDoor.open(arena.dataDir);
}, 60_000);
afterAll(async () => {
  await database.close();
  await arena.close();
});

/** What a request with this body is told, which need not be JSON. */
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

describe('what a client did wrong', () => {
  it.each(['/nowhere', '/v1/tournaments/1/entries', '/docs-jsonx', '/v1/tournaments/%E0%A4%A'])(
    'at %s',
    async (path) => {
      const { status, instance } = await told(await fetch(arena.url + path));
      expect([status, instance]).toEqual([path.endsWith('%A') ? 400 : 404, path]);
    },
  );

  it('is told of JSON that is none', async () => {
    expect(await post('{"userId":')).toMatchObject({ status: 400, title: 'Bad Request', instance: '/notifications' });
  });

  it('is told of a body that is too large', async () => {
    const body = JSON.stringify({ userId: '2', title: 'x', body: 'x'.repeat(200_000) });
    expect(await post(body)).toMatchObject({ status: 413, title: 'Payload Too Large' });
  });

  it('is told of a body in a form that nobody reads', async () => {
    expect(await post('userId=2', { 'Content-Type': 'text/plain' })).toMatchObject({ status: 400 });
    expect(await post('{}', { 'Content-Type': 'application/json; charset=klingon' })).toMatchObject({ status: 415 });
    expect(await post('{}', { 'Content-Type': 'application/json', 'Content-Encoding': 'zip' })).toMatchObject({
      status: 415,
    });
  });

  it.each(['null', '[]', '"text"', '7', '{"__proto__":{"userId":"2"}}'])('is told of the body %s', async (body) => {
    expect(await post(body)).toMatchObject({ status: 400 });
  });

  it('is told field by field', async () => {
    expect(await post('{"userId":"2","title":"\\u0000","body":"x","more":1}')).toEqual({
      type: 'tag:arena.test,2026:invalid-request',
      title: 'Invalid request',
      status: 400,
      detail: 'Not everything is as it should be; see errors.',
      instance: '/notifications',
      errors: [
        { in: 'body', field: 'title', message: 'Must not contain a NUL character' },
        { in: 'body', field: 'more', message: 'There is no such field' },
      ],
    });
  });
});

describe('what went wrong in here', () => {
  it('is a 500 that gives nothing away', async () => {
    await database.run('alter table offers rename to lost');
    try {
      const problem = await told(await fetch(`${arena.url}/marketplace/items/777`));
      expect(problem).toEqual({
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        detail: 'Something went wrong that nobody expected. It has been logged.',
        instance: '/marketplace/items/777',
      });
    } finally {
      await database.run('alter table lost rename to offers');
    }
    expect(await arena.get('/marketplace/items/777')).toMatchObject({ status: 200 });
  });

  it('is a 503 when the database ends a query, and over with the next', async () => {
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

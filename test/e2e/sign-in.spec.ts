import { createHook } from 'node:async_hooks';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { readOptions } from '../../apps/arena/src/arena-options.js';
import type { Me } from '../../apps/arena/src/features/sign-in/account.schemas.js';
import { NO_PASSWORD } from '../../apps/arena/src/features/sign-in/users/password.js';
import { emptyDataDir, type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';

let arena: RunningArena;

beforeAll(async () => {
  arena = await runArena();
}, 60_000);
afterAll(() => arena.close());

const signIn = (email: string, password: string) => arena.send('POST', '/auth/sign-in', undefined, { email, password });

describe('signing in', () => {
  it("returns a token for the user's own routes", async () => {
    const { status, body } = await arena.send<{ token: string }>('POST', '/auth/sign-in', undefined, {
      email: 'Player200@arena.test',
      password: 'arena',
    });
    expect(status).toBe(200);
    expect(await arena.get('/notifications', body.token)).toMatchObject({ status: 200, body: { total: 100 } });
  });

  it('does not reveal whether the address or the password was wrong', async () => {
    const answers = await Promise.all([signIn('player1@arena.test', 'areno'), signIn('unknown@arena.test', 'arena')]);
    for (const { status, body, headers } of answers) {
      expect(status).toBe(401);
      expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="arena"');
      expect(body).toEqual(answers[0]?.body);
    }
  });

  it('takes as much work for an unknown address as for a wrong password', async () => {
    const hashes: string[] = [];
    const hook = createHook({ init: (_id, type) => type === 'SCRYPTREQUEST' && hashes.push(type) }).enable();
    for (const [email, count] of [
      ['player1@arena.test', 1],
      ['unknown@arena.test', 2],
    ] as const) {
      await signIn(email, 'wrong');
      expect(hashes).toHaveLength(count);
    }
    hook.disable();
    const database = await SideDoor.open(arena.dataDir);
    const [row] = await database.run<{ hash: string }>('select password_hash hash from users where id = 1');
    await database.close();
    const costOf = (hash: string) => hash.split('$').slice(0, 4);
    expect(costOf(NO_PASSWORD)).toEqual(costOf(row?.hash ?? ''));
  });

  it('names every field that is missing, empty or unknown', async () => {
    const { status, body } = await arena.send<{ errors: unknown }>('POST', '/auth/sign-in', undefined, {
      email: ' ',
      pasword: 'arena',
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { in: 'body', field: 'email', message: expect.any(String) },
      { in: 'body', field: 'password', message: expect.any(String) },
      { in: 'body', field: 'pasword', message: 'Unknown field' },
    ]);
  });
});

describe('a token', () => {
  const challenge = (token?: string) =>
    arena.get('/notifications', token).then(({ status, headers }) => [status, headers.get('WWW-Authenticate')]);

  it('is required where a route needs one', async () => {
    expect(await challenge()).toEqual([401, 'Bearer realm="arena"']);
  });

  it('is refused if it was changed, forged or not signed', async () => {
    const [header, , signature] = (await arena.signIn(2)).split('.');
    const claims = { sub: '1', name: 'Ada', organiser: true, iss: 'arena', exp: 4_000_000_000 };
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const forged = [
      `${header}.${encoded(claims)}.${signature}`,
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32)),
      `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
      'nonsense',
    ];
    for (const token of forged)
      expect(await challenge(token)).toEqual([401, 'Bearer realm="arena", error="invalid_token"']);
  });

  it('is checked without a query', async () => {
    const token = await arena.signIn(3);
    const queries = await arena.queriesOf(() => arena.send('POST', '/v1/tournaments', token, {}));
    expect(queries).toBe(0);
  });

  it('of a player does not open routes for organisers', async () => {
    const answer = await arena.send('DELETE', '/v1/tournaments/1', await arena.signIn(2));
    expect(answer).toMatchObject({ status: 403, body: { title: 'Organisers only', status: 403 } });
  });
});

describe('an address', () => {
  let limited: RunningArena;

  beforeAll(async () => {
    limited = await runArena();
  }, 60_000);
  afterAll(() => limited.close());

  const attempt = async (password: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${limited.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ email: 'player9@arena.test', password }),
    });
    await response.arrayBuffer();
    return response;
  };

  it('may sign in any number of times, and fail 30 times a minute', async () => {
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => attempt('arena')));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    }
    const guesses = await Promise.all(Array.from({ length: 35 }, (_, index) => attempt(`guess ${index}`)));
    const statuses = guesses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    const refused = guesses.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('Retry-After'))).toBeGreaterThan(0);
    // Arena ignores a forwarded address that the client wrote itself.
    expect((await attempt('guess', { 'X-Forwarded-For': '203.0.113.9' })).status).toBe(429);
    expect((await attempt('arena')).status).toBe(429);
  });

  it('receives JSON that no browser renders as a page', async () => {
    for (const path of ['/v1/tournaments/1', '/v1/tournaments/1', '/nowhere']) {
      const response = await fetch(limited.url + path);
      await response.arrayBuffer();
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
    }
  });
});

describe('an account', () => {
  const ADA = { email: 'Ada@Example.com', name: 'Ada', password: 'chalk-and-cue' };
  const signUp = (account: object) => arena.send<{ token: string }>('POST', '/auth/sign-up', undefined, account);

  it('is created once, also by several requests at once, and signs in', async () => {
    const answers = await Promise.all([signUp(ADA), signUp(ADA), signUp(ADA)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const { status, body } = await arena.send<{ token: string }>('POST', '/auth/sign-in', undefined, {
      email: 'ada@example.com',
      password: ADA.password,
    });
    expect(status).toBe(200);
    const { body: me } = await arena.get<Me>('/me', body.token);
    expect(me).toMatchObject({ email: 'ada@example.com', name: 'Ada', organiser: false, staff: false });
    expect(await arena.get('/me')).toMatchObject({ status: 401 });
  });

  it('names each invalid field', async () => {
    const { status, body } = await arena.send<{ errors: { field: string }[] }>('POST', '/auth/sign-up', undefined, {
      email: 'nobody',
      name: ' ',
      password: 'short',
      staff: true,
    });
    expect(status).toBe(400);
    expect(body.errors.map(({ field }) => field).sort()).toEqual(['email', 'name', 'password', 'staff']);
  });

  it('changes its name everywhere at once', async () => {
    const { body } = await signUp({ ...ADA, email: 'bea@example.com' });
    const item = { title: 'Brass counter', description: 'Counts.', condition: 'used', priceCents: 900 };
    const { body: sold } = await arena.send<{ id: string }>('POST', '/marketplace/items', body.token, item);
    const me = async () => (await arena.get<Me>('/me', body.token)).body;
    const { id } = await me();
    const shown = async () => {
      const item = await arena.get<{ seller: { name: string } }>(`/marketplace/items/${sold.id}`);
      const profiles = await arena.send('POST', '/api/v1/batch/users', body.token, { user_ids: [id] });
      return [item.body.seller.name, (await me()).name, JSON.stringify(profiles.body).match(/Ada|Bea/)?.[0]];
    };
    expect(await shown()).toEqual(['Ada', 'Ada', 'Ada']);
    expect(await arena.send('PATCH', '/me', body.token, { name: 'Bea' })).toMatchObject({
      status: 200,
      body: { name: 'Bea' },
    });
    expect(await shown()).toEqual(['Bea', 'Bea', 'Bea']);
  });

  it('changes its password with the current one only', async () => {
    const email = 'cleo@example.com';
    const { body } = await signUp({ ...ADA, email });
    const change = (current: string, password: string) =>
      arena.send('POST', '/me/password', body.token, { current, password });
    expect(await change('wrong-one', 'another-one')).toMatchObject({
      status: 403,
      body: { type: 'tag:arena.test,2026:wrong-password' },
    });
    expect(await change(ADA.password, 'short')).toMatchObject({ status: 400 });
    const both = await Promise.all([change(ADA.password, 'another-one'), change(ADA.password, 'yet-another')]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, 403]);
    const password = both[0]?.status === 204 ? 'another-one' : 'yet-another';
    expect([(await signIn(email, ADA.password)).status, (await signIn(email, password)).status]).toEqual([401, 200]);
  });
});

describe('the demo data', () => {
  it('gives no access where arena is no demonstration, and is absent from a new database', async () => {
    const filled = await runArena({ demoData: false });
    expect(
      (await filled.send('POST', '/auth/sign-in', undefined, { email: 'player1@arena.test', password: 'arena' }))
        .status,
    ).toBe(401);
    for (const path of ['/', '/live']) expect(await (await fetch(filled.url + path)).text()).not.toContain('player1');
    await filled.close();
    const dataDir = await emptyDataDir();
    const fresh = await runArena({ dataDir, demoData: false });
    expect(await fresh.get('/v1/tournaments')).toMatchObject({ status: 200, body: { total: 0 } });
    await fresh.close();
    await rm(dataDir, { recursive: true, force: true });
  }, 120_000);

  it('is absent in production unless it is switched on', async () => {
    const env = { NODE_ENV: 'production', LARDER_REDIS_URL: 'redis://localhost:1' };
    expect((await readOptions(env)).demoData).toBe(false);
    expect((await readOptions({ ...env, ARENA_DEMO_DATA: 'true' })).demoData).toBe(true);
    expect((await readOptions({})).demoData).toBe(true);
  });

  it('is absent from a database of the user unless it is switched on', async () => {
    const env = { DATABASE_URL: 'postgres://me@localhost/mine' };
    expect((await readOptions(env)).demoData).toBe(false);
    expect((await readOptions({ ...env, ARENA_DEMO_DATA: 'true' })).demoData).toBe(true);
  });
});

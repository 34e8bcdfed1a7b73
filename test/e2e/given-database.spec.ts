import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedPostgres } from '../../apps/arena/src/platform/embedded-postgres/embedded-postgres.js';
import { emptyDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { SideDoor } from '../support/arena/side-door.js';

let dataDir: string;
let server: EmbeddedPostgres;
let databaseUrl: string;

beforeAll(async () => {
  dataDir = await emptyDataDir();
  server = await EmbeddedPostgres.start(dataDir);
  const { user, password, host, port, database } = server.connection;
  databaseUrl = `postgres://${user}:${password}@${host}:${port}/${database}`;
}, 60_000);
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true });
});

describe('several arenas that start at the same time on one new database', () => {
  it("prepare it once, and accept each other's tokens", async () => {
    const arenas = [1, 2, 3].map(() => ArenaProcess.start({ DATABASE_URL: databaseUrl }));
    try {
      const [one, two, three] = await Promise.all(arenas.map((arena) => arena.ready()));
      const signIn = await fetch(`${one}/auth/sign-in`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ email: 'player9@arena.test', password: 'arena' }),
      });
      const { token } = (await signIn.json()) as { token: string };
      for (const url of [one, two, three]) {
        const answer = await fetch(`${url}/notifications`, { headers: { Authorization: `Bearer ${token}` } });
        expect(await answer.json()).toMatchObject({ total: 100 });
      }
      const page = await (await fetch(one as string)).text();
      expect(page).toMatch(/the database &#39;postgres&#39; at 127\.0\.0\.1:\d+/);
      expect(page).not.toContain(server.connection.password);
    } finally {
      expect(await Promise.all(arenas.map((arena) => arena.stop()))).toEqual([0, 0, 0]);
    }
    const database = await SideDoor.open(dataDir);
    expect(await database.run('select count(*)::int from items')).toEqual([{ count: 20_000 }]);
    await database.close();
  }, 60_000);
});

describe('an arena whose connections the server ends in a transaction', () => {
  it('responds with an error, and serves the next request', async () => {
    const arena = ArenaProcess.start({ DATABASE_URL: databaseUrl });
    const url = await arena.ready();
    const database = await SideDoor.open(dataDir);
    try {
      const signIn = await fetch(`${url}/auth/sign-in`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ email: 'player9@arena.test', password: 'arena' }),
      });
      const { token } = (await signIn.json()) as { token: string };
      const send = () =>
        fetch(`${url}/notifications`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          body: JSON.stringify({ userId: '9', title: 'Match', body: 'It begins.' }),
        });
      let answers: Promise<Response[]> | undefined;
      await database.whileLocked('notifications', async () => {
        answers = Promise.all([send(), send(), send()]);
        await database.untilAQueryWaits();
        await database.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'arena'");
      });
      for (const { status } of (await answers) ?? []) expect([201, 503]).toContain(status);
      expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'ok' });
      expect((await send()).status).toBe(201);
    } finally {
      await database.close();
      expect(await arena.stop()).toBe(0);
    }
  }, 60_000);
});

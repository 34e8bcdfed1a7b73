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
  it('prepare it once, and accept the tokens of each other', async () => {
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

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { emptyDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

let dataDir: string;
const started: ArenaProcess[] = [];

function start(): ArenaProcess {
  const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir });
  started.push(arena);
  return arena;
}

async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((arena) => arena.stop()));
}

const pidFile = () => join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
const serverPid = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0]);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** How much of the seeded data there is. */
async function counts(): Promise<unknown> {
  const database = await SideDoor.open(dataDir);
  const [row] = await database.run(
    'select (select count(*) from users)::int users, (select count(*) from tournaments)::int tournaments, ' +
      '(select count(*) from items)::int items, (select count(*) from notifications)::int notifications',
  );
  await database.close();
  return row;
}
const ALL = { users: 200, tournaments: 1_000, items: 20_000, notifications: 20_000 };

describe('the embedded server', () => {
  beforeAll(async () => {
    dataDir = await emptyDataDir();
  });
  afterEach(stopAll);
  afterAll(() => rm(dataDir, { recursive: true }));

  it('lets nobody in but through this machine and with its password, which only its owner can read', async () => {
    await start().ready();
    const database = await SideDoor.open(dataDir);
    expect(await database.run('show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await database.run('show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
    expect(await database.run('select distinct auth_method from pg_hba_file_rules')).toEqual([
      { auth_method: 'scram-sha-256' },
    ]);
    await database.close();
    expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700);
  }, 60_000);

  it('of an arena that was killed is taken over by the next, with the data', async () => {
    const killed = start();
    await killed.ready();
    const server = await serverPid();
    const database = await SideDoor.open(dataDir);
    await database.run("update tournaments set name = 'Kept' where id = 1");
    await database.close();
    killed.signal('SIGKILL');
    expect(await killed.exitCode()).toBeNull();

    const next = start();
    const url = await next.ready();
    expect(await serverPid()).toBe(server);
    expect(await (await fetch(`${url}/v1/tournaments/1`)).json()).toMatchObject({ name: 'Kept' });
    expect(await next.stop()).toBe(0);
    expect(existsSync(pidFile())).toBe(false);
    await until(() => !isAlive(server));
  }, 60_000);

  it('that was killed itself has left a file that does not prevent a start, whosever the number is by now', async () => {
    const killed = start();
    await killed.ready();
    killed.signal('SIGKILL');
    await killed.exitCode();
    process.kill(await serverPid(), 'SIGKILL');
    await until(async () => !isAlive(await serverPid()));
    await start().ready();
    await started.pop()?.stop();

    const stranger = await likeTheServer();
    await writeFile(
      pidFile(),
      `${stranger.pid}\n${join(dataDir, 'postgres', 'cluster')}\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );
    await start().ready();
    expect(isAlive(stranger.pid as number)).toBe(true);
    stranger.kill();
  }, 60_000);

  it('belongs to one arena at a time', async () => {
    const first = start();
    const url = await first.ready();
    const second = start();
    expect(await second.exitCode()).toBe(1);
    expect(second.complaints).toBe(
      `Arena cannot start:\n  - ARENA_DATA_DIR is '${dataDir}'; it takes a folder that no other arena is using at this time\n`,
    );
    expect((await fetch(`${url}/v1/tournaments/1`)).status).toBe(200);
  }, 60_000);

  it('is there for the next arena when the one that is stopping has let go of it', async () => {
    const first = start();
    const url = await first.ready();
    const database = await SideDoor.open(dataDir);
    let next: ArenaProcess | undefined;
    await database.whileLocked('tournaments', async () => {
      const asked = fetch(`${url}/v1/tournaments`);
      await database.untilAQueryWaits();
      first.signal('SIGTERM');
      next = start();
      const waiting = "select from pg_locks where locktype = 'advisory' and not granted";
      await until(async () => (await database.run(waiting)).length > 0);
      void asked.then((response) => response.body?.cancel());
    });
    await next?.ready();
    expect(await first.exitCode()).toBe(0);
    await database.close();
  }, 60_000);
});

describe('a first start', () => {
  beforeEach(async () => {
    dataDir = await emptyDataDir();
  });
  afterEach(async () => {
    await stopAll();
    await rm(dataDir, { recursive: true });
  });

  it('is made by one of two that start at the same time', async () => {
    const [one, other] = [start(), start()];
    const ready = await Promise.allSettled([one.ready(), other.ready()]);
    expect(ready.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const loser = ready[0]?.status === 'rejected' ? one : other;
    expect(loser.complaints).toContain('it takes a folder that no other arena is using at this time');
    expect(await counts()).toEqual(ALL);
  }, 60_000);

  const entries = () => readdirSync(dataDir);

  it.each([
    ['while the database was being made', async () => until(() => entries().length > 0)],
    [
      'while the data was being put in',
      async () => {
        await until(() =>
          SideDoor.open(dataDir)
            .then((door) => door.close())
            .then(
              () => true,
              () => false,
            ),
        );
        const database = await SideDoor.open(dataDir);
        const filling = `select from pg_stat_activity where state = 'active' and query like 'insert into "items"%'`;
        await until(async () => (await database.run(filling)).length > 0);
        await database.close();
      },
    ],
  ])(
    'that was killed %s is repaired by the next',
    async (_, moment) => {
      const killed = start();
      await moment();
      killed.signal('SIGKILL');
      await killed.exitCode();

      await start().ready();
      expect(await counts()).toEqual(ALL);
      expect(entries()).toEqual(['postgres']);
    },
    60_000,
  );
});

/** A living process of the user whom the server runs as. */
async function likeTheServer(): Promise<ChildProcess> {
  const { uid, gid } = await stat(join(dataDir, 'postgres', 'cluster'));
  const stranger = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' });
  await once(stranger, 'spawn');
  return stranger;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

let dataDir: string;
const started: ArenaProcess[] = [];

function start(env: Readonly<Record<string, string>> = {}): ArenaProcess {
  const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir, ...env });
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

describe('the embedded server', () => {
  beforeAll(async () => {
    dataDir = await newDataDir();
  });
  afterEach(stopAll);
  afterAll(() => rm(dataDir, { recursive: true }));

  it('accepts only local connections with its password, which only its owner can read', async () => {
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

  it('of a killed arena is taken over by the next one, with its data', async () => {
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

  it('that was killed left a pid file, which does not prevent a start even if another process has the pid now', async () => {
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
      `Arena cannot start:\n  - invalid ARENA_DATA_DIR: got '${dataDir}', expected a folder that no other arena is using at this time\n`,
    );
    expect((await fetch(`${url}/v1/tournaments/1`)).status).toBe(200);
  }, 60_000);

  it('waits for the arena that is stopping to release it', async () => {
    // Only the request may wait for the lock.
    const first = start({ LARDER_WARMING: 'off' });
    const url = await first.ready();
    const database = await SideDoor.open(dataDir);
    let next: ArenaProcess | undefined;
    await database.whileLocked('tournaments', async () => {
      const asked = fetch(`${url}/v1/tournaments?page=7`);
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

/** A live process of the user that the server runs as. */
async function likeTheServer(): Promise<ChildProcess> {
  const { uid, gid } = await stat(join(dataDir, 'postgres', 'cluster'));
  const stranger = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' });
  await once(stranger, 'spawn');
  return stranger;
}

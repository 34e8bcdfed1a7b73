import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

let dataDir: string;
const started: ArenaProcess[] = [];

/** Uses a data folder that exists, for a fast start. */
function start(env: Readonly<Record<string, string>> = {}): ArenaProcess {
  const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir, ...env });
  started.push(arena);
  return arena;
}

const serverRuns = () => existsSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'));

beforeAll(async () => {
  dataDir = await newDataDir();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((arena) => arena.stop()));
});
afterAll(() => rm(dataDir, { recursive: true }));

describe('a start', () => {
  it('logs that arena is ready and has no Redis, each once, and nothing else', async () => {
    const arena = start();
    const url = await arena.ready();
    expect((await fetch(`${url}/v1/tournaments/1`)).status).toBe(200);
    expect(await arena.stop()).toBe(0);
    const lines = arena.output.trim().split('\n');
    expect(lines.filter((line) => !line.includes('Jobs'))).toEqual([
      expect.stringContaining('LARDER_REDIS_URL is not set: everything stays in the memory of this process.'),
      `Arena is ready at ${url}`,
    ]);
    expect(arena.complaints).toBe('');
  }, 60_000);
});

describe('the log', () => {
  it('has one line with statistics for each run of a job, and otherwise only warnings', async () => {
    const arena = start();
    await arena.ready();
    const RUN = /sync_view_counts succeeded in \d+ ms: \{"products_synced":0,"total_views":0\}/;
    await until(() => RUN.test(arena.output), 30_000);
    await arena.stop();
    expect(arena.output).not.toMatch(/DEBUG|InstanceLoader/);
  }, 60_000);

  it('has hits and misses of each method, and invalidations, at debug level', async () => {
    const arena = start({ LARDER_LOG: 'debug' });
    const url = await arena.ready();
    const signedIn = await fetch(`${url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'player1@arena.test', password: 'arena' }),
    });
    const { token } = (await signedIn.json()) as { token: string };
    const headers = { Authorization: `Bearer ${token}` };
    for (let time = 0; time < 3; time++) await fetch(`${url}/v1/deployments/1/pending-updates`, { headers });
    await fetch(`${url}/v1/deployments/1/refresh`, { method: 'POST', headers });
    await arena.stop();
    expect(arena.output).toMatch(/PendingUpdates\.of: 2 hits, 1 misses, 1 loads/);
    expect(arena.output).toMatch(/The cache: .*\d invalidations/);
    expect(arena.output).not.toContain('InstanceLoader');
  }, 60_000);
});

describe('running', () => {
  it('logs details that a client does not see', async () => {
    const arena = start();
    const url = await arena.ready();
    const database = await SideDoor.open(dataDir);
    await database.run('alter table offers rename to lost');
    const { status } = await fetch(`${url}/marketplace/items/1`);
    await database.run('alter table lost rename to offers');
    await database.close();
    expect(status).toBe(500);
    expect(arena.complaints).toContain('relation "offers" does not exist');
  });

  it('shuts down with code 1 after an uncaught error', async () => {
    const careless = `
      import { stopOnSignals } from ${JSON.stringify(new URL('../../apps/arena/dist/platform/lifecycle/stop-on-signals.js', import.meta.url))};
      stopOnSignals(async () => console.log('closed'));
      Promise.reject(new Error('uncaught'));
      setInterval(() => {}, 1_000);`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', careless]);
    expect([status, String(stdout)]).toEqual([1, 'closed\n']);
    expect(String(stderr)).toContain('uncaught');
  });
});

describe('stopping', () => {
  it.each([
    ['SIGTERM', (arena: ArenaProcess) => arena.signal('SIGTERM')],
    ['Ctrl+C', (arena: ArenaProcess) => arena.interrupt()],
    // npm forwards the signal that the terminal has sent to both.
    ['Ctrl+C under npm', (arena: ArenaProcess) => [arena.interrupt(), arena.signal('SIGINT')]],
  ])('by %s, finishes what it was asked, and takes no more', async (_, stop) => {
    const arena = start();
    const url = new URL(await arena.ready());
    const database = await SideDoor.open(dataDir);
    const agent = new Agent({ keepAlive: true });
    try {
      let answer: Promise<[IncomingMessage]> | undefined;
      await database.whileLocked('tournaments', async () => {
        answer = once(get(new URL('/v1/tournaments/1', url), { agent }), 'response') as Promise<[IncomingMessage]>;
        await database.untilAQueryWaits();
        stop(arena);
        await until(() => refuses(url));
      });
      const [response] = (await answer) ?? [];
      response?.socket.write('GET ');
      expect(response?.statusCode).toBe(200);
      expect(await json(response as IncomingMessage)).toMatchObject({ id: '1' });
      // The open connection does not delay the stop; a client that keeps requesting could delay it for a minute.
      expect(await arena.exitCode()).toBe(0);
    } finally {
      agent.destroy();
      await database.close();
    }
  });

  it('starts and then stops when signalled during the start', async () => {
    const arena = start();
    await until(serverRuns);
    expect(await arena.stop()).toBe(0);
    expect(arena.output).not.toContain('ready');
    expect([arena.complaints, serverRuns()]).toEqual(['', false]);
  });

  it('is not delayed by clients that never send a request', async () => {
    const arena = start();
    const url = new URL(await arena.ready());
    const idle = connect(Number(url.port), 'localhost');
    await once(idle, 'connect');
    expect(await arena.stop()).toBe(0);
    idle.destroy();
  });

  it('ends at once on a second signal, and the next start recovers', async () => {
    const arena = start();
    const url = new URL(await arena.ready());
    const database = await SideDoor.open(dataDir);
    await database.whileLocked('tournaments', async () => {
      const asked = fetch(new URL('/v1/tournaments/1', url)).catch(() => {});
      await database.untilAQueryWaits();
      arena.signal('SIGTERM');
      await until(() => refuses(url));
      await until(() => {
        arena.signal('SIGTERM');
        return arena.hasEnded;
      });
      await asked;
    });
    expect(await arena.exitCode()).toBe(1);
    await database.close();
    const next = start();
    await next.ready();
    expect([await next.stop(), serverRuns()]).toEqual([0, false]);
  });
});

describe('a start that fails', () => {
  /** Returns all output; checks that arena ended with code 1 and left no server running. */
  async function complaintsWith(env: Readonly<Record<string, string>>): Promise<string> {
    const arena = start(env);
    expect(await arena.exitCode()).toBe(1);
    expect([arena.output, serverRuns()]).toEqual(['', false]);
    return arena.complaints;
  }

  it('lists every invalid variable at once, with its value and what it accepts', async () => {
    const complaints = await complaintsWith({
      PORT: '65536',
      DATABASE_URL: 'mysql://me:secret@localhost/arena',
      ARENA_DATADIR: '/tmp',
      LARDER_DEFAULT_TTL: 'soon',
      LARDER_DEFUALT_TTL: '1m',
      ENABLE_SIMULATION: 'maybe',
      SIMULATION_FEATURE_FLAG: 'snakes',
    });
    expect(complaints.split('\n')).toEqual([
      'Arena cannot start:',
      "  - invalid PORT: got '65536', expected a whole number from 0 (any free port) to 65535",
      "  - invalid DATABASE_URL: got 'mysql://me:***@localhost/arena', expected a URL such as postgres://user:password@localhost:5432/arena",
      expect.stringMatching(
        /^ {2}- unknown environment variable ARENA_DATADIR; arena has PORT, DATABASE_URL, ARENA_DATA_DIR/,
      ),
      '  - unknown environment variable LARDER_DEFUALT_TTL; did you mean LARDER_DEFAULT_TTL?',
      expect.stringMatching(/^ {2}- invalid LARDER_DEFAULT_TTL: got 'soon', expected /),
      "  - invalid ENABLE_SIMULATION: got 'maybe', expected on or off (true or false, yes or no, 1 or 0)",
      expect.stringMatching(
        /^ {2}- invalid SIMULATION_FEATURE_FLAG: got 'snakes', expected all, or some of player-movement, /,
      ),
      '',
    ]);
  });

  it('refuses an admin token that can be guessed, without repeating it', async () => {
    const complaints = await complaintsWith({ LARDER_ADMIN_TOKEN: 'hunter2', LARDER_JITTER: 'much' });
    expect(complaints).toContain('LARDER_ADMIN_TOKEN (not shown)');
    expect(complaints).toContain("invalid LARDER_JITTER: got 'much'");
    expect(complaints).not.toContain('hunter2');
  });

  it('reads a .env in the working directory too, for variables that the environment lacks', async () => {
    const folder = await newDataDir();
    await writeFile(join(folder, '.env'), 'PORT=soon\nLARDER_JITTER=much\n');
    const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir }, folder);
    expect(await arena.exitCode()).toBe(1);
    await rm(folder, { recursive: true });
    expect(arena.complaints).toContain("invalid LARDER_JITTER: got 'much'");
    expect(arena.complaints).not.toContain('soon');
  });

  it('reports a port that another program listens on', async () => {
    const other = await listening();
    const { port } = other.address() as AddressInfo;
    expect(await complaintsWith({ PORT: String(port) })).toBe(
      `Arena cannot start:\n  - invalid PORT: got ${port}, expected a port that no other program listens on, or 0 for any\n`,
    );
    other.close();
  });

  it('reports a database without a server', async () => {
    const complaints = await complaintsWith({ DATABASE_URL: 'postgres://me:secret@localhost:1/league' });
    expect(complaints).toBe(
      "Arena cannot start:\n  - invalid DATABASE_URL: got the database 'league' at localhost:1, expected the URL of a database " +
        'that can be reached (connect ECONNREFUSED 127.0.0.1:1)\n',
    );
  });

  it('reports a database that does not answer, after a timeout', async () => {
    const silent = await listening();
    const { port } = silent.address() as AddressInfo;
    const DATABASE_URL = `postgres://me:secret@localhost:${port}/league?connect_timeout=1`;
    const complaints = await complaintsWith({ DATABASE_URL });
    expect(complaints).toContain(`invalid DATABASE_URL: got the database 'league' at localhost:${port}, expected`);
    expect(complaints).not.toContain('secret');
    silent.close();
  }, 20_000);

  it('reports a data folder that cannot be used', async () => {
    const complaints = await complaintsWith({ ARENA_DATA_DIR: '/dev/null/arena' });
    expect(complaints).toContain(
      "  - invalid ARENA_DATA_DIR: got '/dev/null/arena', expected a folder that arena may make and write to",
    );
  });
});

/** A program that listens and never answers. */
async function listening(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0);
  await once(server, 'listening');
  return server;
}

/** Whether connections are refused. */
async function refuses(url: URL): Promise<boolean> {
  const socket = connect(Number(url.port), 'localhost');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

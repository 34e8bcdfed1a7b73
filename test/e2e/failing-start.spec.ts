import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newDataDir } from '../support/arena/arena.js';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { arenaProcesses } from '../support/arena/arena-processes.js';

const arenas = arenaProcesses();
const serverRuns = () => existsSync(join(arenas.dataDir, 'postgres', 'cluster', 'postmaster.pid'));

describe('a start that fails', () => {
  /** Returns all output; checks that arena ended with code 1 and left no server running. */
  async function complaintsWith(env: Readonly<Record<string, string>>): Promise<string> {
    const arena = arenas.start(env);
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
    const arena = ArenaProcess.start({ ARENA_DATA_DIR: arenas.dataDir }, folder);
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

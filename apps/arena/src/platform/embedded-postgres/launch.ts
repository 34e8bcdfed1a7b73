import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { freePort } from './free-port.js';
import { pidFileOf } from './postmaster.js';
import { clusterOf, logFileOf, type ServerHome } from './server-home.js';

/**
 * Starts a server on a free port of the loopback address, in a process group of its own: Ctrl+C in arena's terminal must not stop
 * it before requests in flight are answered.
 */
export async function launch(folder: string, { user, programs }: ServerHome): Promise<ChildProcess> {
  const cluster = clusterOf(folder);
  // PostgreSQL ignores the file of a dead server, but not if another program now has its process id.
  await rm(pidFileOf(cluster), { force: true });
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${await freePort()}`];
  const log = await open(logFileOf(folder), 'w', 0o600);
  try {
    const server = spawn(programs.postgres, ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])], {
      cwd: '/',
      detached: true,
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', log.fd, log.fd],
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    await once(server, 'spawn');
    server.unref();
    return server;
  } finally {
    await log.close();
  }
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const POLL_INTERVAL = 25;

/** A running server, from the file that it writes at its start and removes at its end. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on a cluster, started by any arena. The file of a killed server remains; it is ignored if the process is
 * gone, or its id belongs to another program.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const file = await readFile(pidFileOf(cluster), 'utf8').catch(() => '');
  const [pid, , , port] = file.split('\n').map(Number);
  if (!pid || !port) return undefined;
  return (await isServerOf(cluster, pid)) ? { pid, port } : undefined;
}

export const pidFileOf = (cluster: string) => join(cluster, 'postmaster.pid');

/** Shuts a server down cleanly, which disconnects its clients, and waits for its end. */
export async function stopPostmaster(cluster: string, { pid }: Postmaster): Promise<void> {
  if (await isServerOf(cluster, pid)) process.kill(pid, 'SIGINT');
  while (await isServerOf(cluster, pid)) await delay(POLL_INTERVAL);
}

async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  return (await commandLine(pid)).includes(cluster);
}

/** Empty if the process does not exist. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const POLL_INTERVAL = 25;

/** A server of a cluster, as the file says that it writes when it starts and removes when it stops. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on a cluster, whoever started it. The file of a server that was killed is still there when the
 * process is not, or when its number belongs to another process by now; that is no server.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const file = await readFile(pidFileOf(cluster), 'utf8').catch(() => '');
  const [pid, , , port] = file.split('\n').map(Number);
  if (!pid || !port) return undefined;
  return (await isServerOf(cluster, pid)) ? { pid, port } : undefined;
}

export const pidFileOf = (cluster: string) => join(cluster, 'postmaster.pid');

/** Has a server end in good order, which cuts off who is still connected, and waits until it has. */
export async function stopPostmaster(cluster: string, { pid }: Postmaster): Promise<void> {
  if (await isServerOf(cluster, pid)) process.kill(pid, 'SIGINT');
  while (await isServerOf(cluster, pid)) await delay(POLL_INTERVAL);
}

async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  return (await commandLine(pid)).includes(cluster);
}

/** Empty if there is no such process. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

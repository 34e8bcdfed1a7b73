import { until } from '../until.js';
import type { RedisServer } from './redis-server.js';

/** Resolves when a replica of the master is online and has all writes that the master had by then. */
export async function caughtUp(replica: RedisServer, master: RedisServer): Promise<void> {
  let written = Number.NaN;
  await until(async () => {
    const said = await replication(master);
    written = offset(said);
    return said.includes(`port=${replica.port},state=online`);
  });
  await until(async () => offset(await replication(replica)) >= written);
}

/** Whether it is a master; a server that is changing its role is not. */
export async function isMaster(server: RedisServer): Promise<boolean> {
  return (await replication(server)).includes('role:master');
}

async function replication(server: RedisServer): Promise<string> {
  // A Sentinel that changes a server's role closes all client connections, including this one.
  return String(await server.command('INFO', 'replication').catch(() => ''));
}

function offset(said: string): number {
  return Number(/master_repl_offset:(\d+)/.exec(said)?.[1]);
}

import { execFile } from 'node:child_process';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartProblem } from '../lifecycle/start-problem.js';

const run = promisify(execFile);

/** The user of the server if arena runs as root: PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Users that exist on most machines, in order of preference. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * Chooses the user of the server: the owner of existing data, else `postgres`, else `nobody`. Returns `undefined` for the user of
 * arena, unless arena runs as root.
 *
 * @param cluster the folder of the server's data, which may not exist yet
 * @throws StartProblem if the machine has none of these users
 */
export async function findServerUser(cluster: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  for (const name of CANDIDATES) {
    const user = await lookUp(name).catch(() => undefined);
    if (user !== undefined) return user;
  }
  throw new StartProblem([
    `PostgreSQL does not run as root, and this machine has no user named ${CANDIDATES.join(' or ')} to run it; ` +
      'start arena as another user, or set DATABASE_URL to a URL such as postgres://user:password@localhost:5432/arena',
  ]);
}

async function lookUp(name: string): Promise<ServerUser> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
  return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Whether a user may enter a folder, which depends on every folder above it too. */
export async function mayEnter(folder: string, { uid, gid }: ServerUser): Promise<boolean> {
  return run('test', ['-x', folder], { uid, gid, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

/** A shared folder of this machine, for files that the server's user cannot reach in arena's folder. */
export async function sharedFolder(): Promise<string> {
  const folder = '/var/lib/arena';
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  return folder;
}

import { execFile } from 'node:child_process';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartProblem } from '../lifecycle/start-problem.js';

const run = promisify(execFile);

/** Whom the server runs as when arena runs as root: PostgreSQL refuses to be root. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Users that machines have without being asked for it, the best first. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * Decides whom the server runs as: the owner of its data if there is any yet, else `postgres`, else `nobody`;
 * `undefined`, meaning whoever runs arena, unless that is root.
 *
 * @param cluster the folder of the server's data, which may not exist yet
 * @throws StartProblem if there is no such user
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

/** Whether a user can get to what is in a folder, which depends on every folder above it. */
export async function mayEnter(folder: string, { uid, gid }: ServerUser): Promise<boolean> {
  return run('test', ['-x', folder], { uid, gid, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

/** A folder of this machine for what the server's user has to reach, but cannot where arena lies. */
export async function sharedFolder(): Promise<string> {
  const folder = '/var/lib/arena';
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  return folder;
}

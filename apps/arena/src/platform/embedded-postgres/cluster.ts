import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { access, chown, mkdir, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Progress } from '../lifecycle/progress.js';
import { StartProblem } from '../lifecycle/start-problem.js';
import { clusterOf, passwordFileOf, type ServerHome } from './server-home.js';

/** The server's only user. */
export const SERVER_LOGIN = 'arena';

const UNFINISHED = 'postgres-';

/**
 * Creates the server's folder with an empty database, unless it exists, and returns its real path. The folder is created under
 * another name and renamed when complete: after an interrupted start, no incomplete database remains in its place.
 *
 * @param meanwhile called when a program has begun to create the database
 * @throws StartProblem if it cannot be created
 */
export async function makeCluster(home: ServerHome, progress: Progress, meanwhile: () => void): Promise<string> {
  if (!(await exists(home.path))) {
    progress(`First start: making a PostgreSQL in ${home.path} …`);
    await make(home, meanwhile);
  }
  return realpath(home.path);
}

async function make(home: ServerHome, meanwhile: () => void): Promise<void> {
  const unfinished = join(home.site, `${UNFINISHED}${randomUUID()}`);
  try {
    // A dangling link: its target was on another machine or in a former container.
    await rm(home.path, { force: true });
    await fill(unfinished, home, meanwhile);
    await (home.site === dirname(home.path) ? rename(unfinished, home.path) : symlink(unfinished, home.path));
  } catch (cause) {
    await removeFolder(unfinished);
    // Another arena that starts on the same folder may have been faster.
    if (await exists(home.path)) return;
    throw new StartProblem([`The embedded PostgreSQL could not be set up in ${home.site}: ${said(cause)}`], { cause });
  }
}

/** Removes the remains of interrupted first starts. Call it only as the owner of the folder. */
export async function removeUnfinished({ path }: ServerHome): Promise<void> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => name.startsWith(UNFINISHED));
  await Promise.all(names.map((name) => removeFolder(join(folder, name))));
}

/** Retries, because another arena that starts at the same time may still write to the folder. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function fill(folder: string, { user, programs }: ServerHome, meanwhile: () => void): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(passwordFileOf(folder), randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (user !== undefined) {
    await chown(folder, user.uid, user.gid);
    await chown(passwordFileOf(folder), user.uid, user.gid);
  }
  const made = promisify(execFile)(
    programs.initdb,
    [
      `--pgdata=${clusterOf(folder)}`,
      `--username=${SERVER_LOGIN}`,
      `--pwfile=${passwordFileOf(folder)}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      // Saves seconds. If the machine crashes now, the next start creates the folder again.
      '--no-sync',
    ],
    { cwd: '/', ...(user && { uid: user.uid, gid: user.gid }) },
  );
  meanwhile();
  await made;
}

function said(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return (stderr || message).trim();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

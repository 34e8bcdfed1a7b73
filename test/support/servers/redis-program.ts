import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/larder-redis', import.meta.url));
const PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];
const OLDEST = 7;

const run = promisify(execFile);
let found: Promise<RedisProgram> | undefined;

/** A redis-server that runs on this machine. */
export interface RedisProgram {
  readonly file: string;
  /** The environment that it needs. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds a real redis-server: the one in `LARDER_TEST_REDIS`, one on `PATH`, or one unpacked from Debian's packages. The last
 * needs no root and happens once per checkout.
 */
export function redisProgram(): Promise<RedisProgram> {
  found ??= find();
  return found;
}

async function find(): Promise<RedisProgram> {
  const given = process.env.LARDER_TEST_REDIS;
  if (given) {
    const program = { file: given, env: {} };
    await check(program).catch((error: unknown) => {
      throw new Error(`LARDER_TEST_REDIS is ${given}, which is no redis-server of version ${OLDEST} or newer.`, {
        cause: error,
      });
    });
    return program;
  }
  return (await onPath()) ?? (await unpacked());
}

async function onPath(): Promise<RedisProgram | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const program = { file: join(folder, 'redis-server'), env: {} };
    if (await works(program)) return program;
  }
  return undefined;
}

async function unpacked(): Promise<RedisProgram> {
  try {
    const cached = await programIn(CACHE);
    if (cached && (await works(cached))) return cached;
    await unpack();
    const program = await programIn(CACHE);
    if (!program) throw new Error(`No redis-server in ${CACHE}.`);
    await check(program);
    return program;
  } catch (error) {
    throw new Error(
      `These tests need redis-server ${OLDEST} or newer, in one of three ways: set LARDER_TEST_REDIS to its path, ` +
        'install it on PATH, or run on Debian with apt-get and dpkg, which unpack it without root. ' +
        `The third way failed: ${error}`,
      { cause: error },
    );
  }
}

/** Fills the cache. Several processes may do so at once: the first result stays. */
async function unpack(): Promise<void> {
  await mkdir(dirname(CACHE), { recursive: true });
  const own = await mkdtemp(`${CACHE}-`);
  try {
    const packages = join(own, 'packages');
    const tree = join(own, 'tree');
    await mkdir(packages);
    await download(packages);
    for (const name of await readdir(packages)) {
      if (name.endsWith('.deb')) await run('dpkg', ['-x', join(packages, name), tree]);
    }
    await check((await programIn(tree)) as RedisProgram);
    await rename(tree, CACHE).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function download(folder: string): Promise<void> {
  const inFolder = { cwd: folder };
  await run('apt-get', ['download', ...PACKAGES], inFolder).catch(async () => {
    // The machine's package lists are missing or outdated, and only root may renew them: use lists of our own.
    const own = ['-o', `Dir::State=${folder}/state`, '-o', `Dir::Cache=${folder}/cache`];
    await mkdir(join(folder, 'state/lists/partial'), { recursive: true });
    await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
    await run('apt-get', [...own, 'update'], inFolder);
    await run('apt-get', [...own, 'download', ...PACKAGES], inFolder);
  });
}

async function programIn(tree: string): Promise<RedisProgram | undefined> {
  const libraries = join(tree, 'usr/lib');
  const folders = await readdir(libraries).catch(() => undefined);
  if (!folders) return undefined;
  const paths = folders.map((folder) => join(libraries, folder)).join(delimiter);
  return { file: join(tree, 'usr/bin/redis-server'), env: { LD_LIBRARY_PATH: paths } };
}

async function works(program: RedisProgram): Promise<boolean> {
  return check(program).then(
    () => true,
    () => false,
  );
}

async function check({ file, env }: RedisProgram): Promise<void> {
  await access(file, constants.X_OK);
  const { stdout } = await run(file, ['--version'], { env: { ...process.env, ...env } });
  const version = /v=(\d+)/.exec(stdout)?.[1];
  if (!(Number(version) >= OLDEST)) throw new Error(`${file} is too old or no redis-server: ${stdout}`);
}

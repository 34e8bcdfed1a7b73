import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { unpackedPackages } from '../debian-program.js';

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
    return await programIn(
      await unpackedPackages('larder-redis', PACKAGES, async (tree) => check(await programIn(tree))),
    );
  } catch (error) {
    throw new Error(
      `These tests need redis-server ${OLDEST} or newer, in one of three ways: set LARDER_TEST_REDIS to its path, ` +
        'install it on PATH, or run on Debian with apt-get and dpkg, which unpack it without root. ' +
        `The third way failed: ${error}`,
      { cause: error },
    );
  }
}

async function programIn(tree: string): Promise<RedisProgram> {
  const libraries = join(tree, 'usr/lib');
  const folders = await readdir(libraries);
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

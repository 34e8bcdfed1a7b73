// Installs the packed package into each application of a folder, compiles it and runs its check:
// node test/installs/run.js examples|examples/orms [--only graphql,cqrs] [--keep]. Not a part of `npm test`.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PostgresServer } from '../dist/test/support/servers/postgres-server.js';
import { RedisServer } from '../dist/test/support/servers/redis-server.js';
import { environment, npmOptions, pack, root, run, STEP_TIMEOUT } from './tarball.js';

const { values, positionals } = parseArgs({
  options: { only: { type: 'string' }, keep: { type: 'boolean' } },
  allowPositionals: true,
});
const source = join(root, positionals[0] ?? 'examples');
const wanted = values.only?.split(',');
const names = readdirSync(source).filter(
  (name) => existsSync(join(source, name, 'package.json')) && (wanted?.includes(name) ?? true),
);

const work = mkdtempSync(join(tmpdir(), 'larder-installs-'));
const tarball = await pack(work);
const redis = await RedisServer.start();
let postgres;
try {
  for (const name of names) {
    const began = performance.now();
    const problem = await tryOne(name);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`| ${name} | ${problem === undefined ? 'passes' : 'FAILS'} | ${seconds} s |`);
    if (problem !== undefined) console.error(problem);
    process.exitCode = problem === undefined ? process.exitCode : 1;
  }
} finally {
  await redis.stop();
  await postgres?.stop();
  if (!values.keep) rmSync(work, { recursive: true, force: true });
}

/** @returns what went wrong; `undefined` if the check passes */
async function tryOne(name) {
  const folder = join(work, name);
  // Prisma would download an engine that its generator does not need.
  const env = { ...environment(), REDIS_URL: redis.url, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' };
  const inFolder = { cwd: folder, timeout: STEP_TIMEOUT, env };
  try {
    cpSync(join(source, name), folder, { recursive: true });
    if (!existsSync(join(folder, 'tsconfig.json')))
      cpSync(join(root, 'examples/tsconfig.json'), join(folder, 'tsconfig.json'));
    // What the applications of a folder have in common.
    if (existsSync(join(source, 'prove.ts'))) cpSync(join(source, 'prove.ts'), join(folder, 'src/prove.ts'));
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if ('pg' in manifest.dependencies) {
      postgres ??= await PostgresServer.start();
      env.DATABASE_URL = postgres.url;
    }
    manifest.dependencies['nest-larder'] = `file:${tarball}`;
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
    await run('npm', ['install', ...npmOptions], inFolder);
    await run('npm', ['run', '--silent', 'build'], inFolder);
    const { stderr } = await run('npm', ['run', '--silent', 'check'], { ...inFolder, timeout: 60_000 });
    const complaints = stderr.split('\n').filter((line) => /larder|unhandled/i.test(line));
    return complaints.length > 0 ? complaints.join('\n') : undefined;
  } catch (error) {
    return [error.message, error.stdout, error.stderr].filter(Boolean).join('\n');
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
  }
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** Runs a script in a Node of its own, as a user's program, on the built package. */
async function namesOf(script: string, ...flags: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [...flags, '--eval', script], { cwd: root });
  return JSON.parse(stdout);
}

// A change of this list is a change of the public interface: it belongs into the changelog.
const MAIN = [
  'Cache',
  'CacheInvalidate',
  'CacheName',
  'CacheWriteThrough',
  'Cacheable',
  'CacheableBatch',
  'FlagGate',
  'Flags',
  'Job',
  'Jobs',
  'LarderBatchError',
  'LarderClearError',
  'LarderCounterError',
  'LarderDeadlineError',
  'LarderDecoratorError',
  'LarderError',
  'LarderFlagError',
  'LarderJobError',
  'LarderKeyError',
  'LarderLoadCycleError',
  'LarderModule',
  'LarderOptionsError',
  'LarderQueryError',
  'LarderRedisError',
  'LarderTimeoutError',
  'LarderValueError',
  'SharedRedis',
  'apiKey',
  'connectToRedis',
  'createCache',
  'defineCounter',
  'defineDeadline',
  'defineKeys',
  'describeCaching',
  'encodePath',
  'pattern',
  'runBatch',
  'tag',
  'userKey',
  'venueKey',
];

const CHANGE_FEED = [
  'ChangeFeed',
  'LarderChangeFeedError',
  'installTriggers',
  'markWrite',
  'onTable',
  'removeTriggers',
  'triggersStatus',
  'writeMark',
];
const REALTIME = ['Broadcaster', 'RedisIoAdapter', 'disconnectAt'];
const JOBS = ['Job', 'Jobs', 'OncePerFleet', 'connectToRedis', 'defineCounter', 'defineDeadline', 'runBatch'];

const TESTING = [
  'ChaosJournal',
  'ChaosTier',
  'FakeClock',
  'MemoryLeases',
  'MemoryTier',
  'clearTokensContract',
  'codecContract',
  'entryOf',
  'journalContract',
  'leasesContract',
  'storeContract',
  'tierContract',
];

describe('the built package', () => {
  it.each([
    ['nest-larder', MAIN],
    ['nest-larder/change-feed', CHANGE_FEED],
    ['nest-larder/client', ['LiveClient']],
    ['nest-larder/realtime', REALTIME],
    ['nest-larder/jobs', JOBS],
    ['nest-larder/testing', TESTING],
  ])('%s exports exactly its public names, to import and to require', async (entry, names) => {
    const print = 'console.log(JSON.stringify(Object.keys(entry).filter((name) => name !== "module.exports").sort()))';
    const imported = await namesOf(`const entry = await import('${entry}'); ${print}`, '--input-type=module');
    const required = await namesOf(
      `const entry = require('${entry}'); ${print}`,
      '--no-warnings',
      '--experimental-require-module',
    );
    expect(imported).toEqual(names);
    expect(required).toEqual(names);
  });

  it('packs what is built, and neither sources nor tests', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '-w', 'libs/larder'], {
      cwd: root,
    });
    const packed: unknown = JSON.parse(stdout);
    const [pack] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as {
      files: { path: string }[];
    }[];
    const paths = pack?.files.map(({ path }) => path) ?? [];
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/index.js',
        'dist/index.d.ts',
        'dist/testing/index.js',
        'bin/larder.js',
        'package.json',
      ]),
    );
    expect(paths.filter((path) => /\.spec\.|^src\/|tsbuildinfo/.test(path))).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** Runs a script in a separate Node on the built package, as a user's program. */
async function namesOf(script: string, ...flags: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [...flags, '--eval', script], { cwd: root });
  return JSON.parse(stdout);
}

// A change of this list changes the public interface: name it in the changelog.
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
  'LarderAuditError',
  'LarderBatchError',
  'LarderClearError',
  'LarderCounterError',
  'LarderDeadlineError',
  'LarderDecoratorError',
  'LarderDependencyError',
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
  'consistencyOf',
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
  'writing',
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
const COMPAT = [
  'CACHE_KEY_METADATA',
  'CACHE_MANAGER',
  'CACHE_MODULE_OPTIONS',
  'CACHE_TTL_METADATA',
  'Cache',
  'CacheInterceptor',
  'CacheKey',
  'CacheModule',
  'CacheScope',
  'CacheTTL',
];
const DASHBOARD = ['DashboardModule'];
const HEALTH = ['LarderHealth'];
const OBSERVABILITY = ['CHANNELS', 'listen'];
const OPENTELEMETRY = [
  'LarderMetrics',
  'LarderTracing',
  'currentTraceparent',
  'meterCache',
  'meterPool',
  'traceCache',
  'traceTransaction',
];
const REALTIME = ['Broadcaster', 'RedisIoAdapter', 'disconnectAt'];
const JOBS = ['Job', 'Jobs', 'OncePerFleet', 'connectToRedis', 'defineCounter', 'defineDeadline', 'runBatch'];

const TESTING = [
  'ChaosJournal',
  'ChaosTier',
  'FakeClock',
  'MemoryLeases',
  'MemoryTier',
  'auditEverything',
  'clearCache',
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
    ['nest-larder/compat', COMPAT],
    ['nest-larder/dashboard', DASHBOARD],
    ['nest-larder/health', HEALTH],
    ['nest-larder/observability', OBSERVABILITY],
    ['nest-larder/opentelemetry', OPENTELEMETRY],
    ['nest-larder/realtime', REALTIME],
    ['nest-larder/jobs', JOBS],
    ['nest-larder/testing', TESTING],
  ])('%s exports exactly its public names, to import and to require', async (entry, names) => {
    const print = 'console.log(JSON.stringify(Object.keys(entry).filter((name) => name !== "module.exports").sort()))';
    const imported = await namesOf(`const entry = await import('${entry}'); ${print}`, '--input-type=module');
    const required = await namesOf(`const entry = require('${entry}'); ${print}`, '--no-warnings');
    const common = await namesOf(`const entry = require('${commonJsFile(entry)}'); ${print}`, '--no-warnings');
    expect(imported).toEqual(names);
    expect(required).toEqual(names);
    expect(common).toEqual(names);
  });

  it('is loaded once by a program that imports and requires it', async () => {
    const script = "console.log(require('nest-larder').Cache === (await import('nest-larder')).Cache)";
    expect(await namesOf(`(async () => { ${script} })()`, '--no-warnings')).toBe(true);
  });

  it('loads one small package beside Nest, and no optional ones', async () => {
    const loaded = `[...new Set(Object.keys(require('node:module')._cache)
      .flatMap((file) => /node_modules.((?:@[^/\\\\]+.)?[^/\\\\]+)/.exec(file)?.[1] ?? []))]`;
    const script = `await import('reflect-metadata'); await import('@nestjs/common'); await import('@nestjs/core');
      const nest = ${loaded}; await import('nest-larder');
      console.log(JSON.stringify(${loaded}.filter((name) => !nest.includes(name)).sort()))`;
    expect(await namesOf(`(async () => { ${script} })()`)).toEqual(['ms']);
  });

  it('has each class once, for any number of entry points that a program requires', async () => {
    const script = `const [main, jobs] = ['nest-larder', 'nest-larder/jobs'].map((entry) => require(file(entry)));
      console.log(main.Jobs === jobs.Jobs)`;
    expect(await namesOf(`const file = ${commonJsFile}; ${script}`, '--no-warnings')).toBe(true);
  });
});

/** The file for programs that support neither `import` nor the condition `module-sync`, as Jest in CommonJS. */
function commonJsFile(entry: string): string {
  return `./libs/larder/dist${entry.slice('nest-larder'.length)}/index.cjs`;
}

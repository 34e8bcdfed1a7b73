import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LarderOptionsError } from '../../base/errors.js';
import { toChangeFeedSettings } from '../../change-feed/options.js';
import type { Environment } from '../../options/option.js';
import { problemsOfAddress } from '../../redis/address.js';
import type { Terminal } from '../terminal.js';
import type { Finding } from './finding.js';
import { checkMethods } from './method-check.js';
import { checkPackages, type VersionOf } from './package-check.js';
import { checkPostgres } from './postgres-check.js';
import { checkRedis } from './redis-check.js';
import { reportOf } from './report.js';
import { checkSettings } from './settings-check.js';

export const USAGE = `npx nest-larder doctor [options]

  Checks the environment of this folder as the application would see it: variables, Redis, the triggers of the change feed, and the
  versions of packages. Prints one page. Writes nothing but keys of its own in Redis, which it deletes.

  --url <url>  the admin routes of a running process, such as http://localhost:3000/admin/cache: names the methods that are not
               cached, and why; repeat it for several processes. LARDER_ADMIN_TOKEN is sent as a bearer token
  --json       prints the findings as JSON
  --help       prints this text

  The exit code is 0 without problems (warnings are not problems), 1 with problems, 2 for an invalid command line.
`;

/** What the doctor looks at, besides the environment. */
export interface Surroundings {
  /** The ranges of peers, by name. */
  readonly peers: Readonly<Record<string, string>>;
  readonly versionOf: VersionOf;
  readonly node: string;
}

/**
 * Runs `nest-larder doctor`.
 *
 * @param argv the arguments after `doctor`
 * @returns the exit code
 */
export async function run(
  argv: readonly string[],
  env: Environment,
  terminal: Terminal,
  surroundings: Surroundings = surroundingsOf(process.cwd()),
): Promise<number> {
  let options: { json?: boolean; help?: boolean; url?: string[] };
  try {
    options = parseArgs({
      args: [...argv],
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        url: { type: 'string', multiple: true },
      },
    }).values;
  } catch (error) {
    terminal.complain(new LarderOptionsError([(error as Error).message]).message);
    return 2;
  }
  if (options.help) {
    terminal.print(USAGE);
    return 0;
  }
  const findings = await diagnose(env, surroundings, options.url);
  const isHealthy = findings.every(({ level }) => level !== 'problem');
  terminal.print(options.json ? JSON.stringify({ isHealthy, findings }, undefined, 2) : reportOf(findings));
  return isHealthy ? 0 : 1;
}

/**
 * Checks everything, and goes on past what fails.
 *
 * @param urls of the admin routes of running processes
 */
export async function diagnose(
  env: Environment,
  { peers, versionOf, node }: Surroundings,
  urls: readonly string[] = [],
): Promise<readonly Finding[]> {
  const { settings, findings } = checkSettings(env);
  const redis = settings === undefined ? addressIn(env) : settings.redis;
  const { keyPrefix = 'larder', slots = 2 ** 18 } = settings ?? {};
  const url = env.LARDER_CHANGE_FEED_URL;
  const [ofRedis, ofPostgres, ofMethods] = await Promise.all([
    redis === undefined ? [] : checkRedis(redis, { keyPrefix, slots, now: () => Date.now() }),
    url
      ? checkPostgres(url, toChangeFeedSettings({ rules: [] }, env).settings, versionOf('libpg-query') !== undefined)
      : [],
    urls.length > 0 ? checkMethods(urls, env) : [],
  ]);
  return [...findings, ...ofRedis, ...ofPostgres, ...ofMethods, ...checkPackages(peers, versionOf, node)];
}

/** The address of Redis in an environment with other faults; `undefined` without a valid one. */
function addressIn({ LARDER_REDIS_URL: url }: Environment): string | undefined {
  return url && problemsOfAddress(url, 'LARDER_REDIS_URL').length === 0 ? url : undefined;
}

/** The packages that a program in this folder would load. */
function surroundingsOf(folder: string): Surroundings {
  const require = createRequire(join(folder, 'package.json'));
  const manifestOf = (name: string) => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8'));
  const found = (name: string) => {
    try {
      return manifestOf(name);
    } catch {
      return undefined;
    }
  };
  return {
    peers: found('nest-larder')?.peerDependencies ?? {},
    versionOf: (name) => found(name)?.version,
    node: process.versions.node,
  };
}

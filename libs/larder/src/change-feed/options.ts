import { createHash } from 'node:crypto';
import { unknownOptions } from '../base/suggestion.js';
import type { Duration } from '../base/units.js';
import { type Environment, option, readOption, readOptions, type SettingsOf } from '../options/option.js';
import { durationWithin, inCode, integer, name, oneOf, secret } from '../options/values.js';
import type { PostgresAddress } from '../postgres/session.js';
import type { TableRule } from './table-rule.js';
import { showTable } from './triggers/table-name.js';

/** Options of a change feed. In `LarderModule`, an option left out comes from its variable, else from the default. */
export interface ChangeFeedOptions {
  /**
   * The database: a URL, or options of the client `pg`. With `wake: 'notify'` it must be a direct connection, not a pooler.
   * `LARDER_CHANGE_FEED_URL`, else `DATABASE_URL`
   */
  readonly url?: PostgresAddress;
  /** Which targets the changes of each table invalidate; at least one rule, or none with the option `database` of `LarderModule`. */
  readonly rules?: readonly TableRule[];
  /**
   * The name of the position in the log: of all processes with the same name and rules, one reads at a time. Applications that
   * share a database need different names, and so do deployments with different Redis servers. Default: `keyPrefix` in
   * `LarderModule`, else `'larder'`. `LARDER_CHANGE_FEED_NAME`
   */
  readonly name?: string;
  /**
   * `'notify'`: writers notify a sleeping reader, which reads the log at once. `'poll'`: the reader polls every `pollInterval`,
   * in transactions that a pooler may run on any connection. Default `'notify'`. `LARDER_CHANGE_FEED_WAKE`
   */
  readonly wake?: 'notify' | 'poll';
  /** How often the log is polled without a notification: `'10ms'` to `'1m'`. Default `'1s'`. `LARDER_CHANGE_FEED_POLL_INTERVAL` */
  readonly pollInterval?: Duration;
  /** How long the log keeps changes for a reader that is down: from `'1m'`. Default `'1h'`. `LARDER_CHANGE_FEED_RETENTION` */
  readonly retention?: Duration;
  /** Maximum number of rows in the log: at least 1,000. Default 1,000,000. `LARDER_CHANGE_FEED_MAX_LOG_ROWS` */
  readonly maxLogRows?: number;
  /** How long a query may take: `'100ms'` to `'5m'`. Default `'5s'`. `LARDER_CHANGE_FEED_TIMEOUT` */
  readonly timeout?: Duration;
}

const URL_TAKES = 'a URL such as postgres://user:password@localhost:5432/shop';

/** Secret: a URL may contain a password. */
const address = secret<PostgresAddress, PostgresAddress>(
  {
    takes: 'a URL of PostgreSQL, or options of the client `pg`',
    asText: 'a URL of PostgreSQL',
    example: 'postgres://user:password@localhost:5432/shop',
    read: (given) => {
      const isAddress = typeof given === 'string' ? /^postgres(ql)?:\/\//.test(given) : isObject(given);
      return isAddress ? (given as PostgresAddress) : undefined;
    },
  },
  () => `expected ${URL_TAKES}`,
);

/** The table of {@link ChangeFeedOptions}. */
export const CHANGE_FEED_OPTIONS = {
  url: option(
    'LARDER_CHANGE_FEED_URL',
    address,
    undefined,
    'The database whose changes are followed ([change feed](change-feed.md)). Unset: `DATABASE_URL`.',
  ),
  rules: option(
    undefined,
    inCode<readonly TableRule[]>(
      'a list of what onTable() makes',
      (given) => Array.isArray(given) && given.every(isRule),
    ),
    undefined,
    'What changes in the tables invalidate ([rules](change-feed.md#rules)).',
  ),
  name: option(
    'LARDER_CHANGE_FEED_NAME',
    name(/^[^\s]{1,100}$/, 'a text of 1 to 100 characters without spaces'),
    undefined,
    'Under which name the position in the change log is stored. Unset: the `keyPrefix`.',
  ),
  wake: option(
    'LARDER_CHANGE_FEED_WAKE',
    oneOf('notify', 'poll'),
    'notify',
    '`notify`: writers wake the reader. `poll`: the reader polls the log, as behind a pooler.',
  ),
  pollInterval: option(
    'LARDER_CHANGE_FEED_POLL_INTERVAL',
    durationWithin('10ms', '1m'),
    '1s',
    'How often the log is polled.',
  ),
  retention: option(
    'LARDER_CHANGE_FEED_RETENTION',
    durationWithin('1m', '30d'),
    '1h',
    'How long changes are kept for a reader that is away.',
  ),
  maxLogRows: option(
    'LARDER_CHANGE_FEED_MAX_LOG_ROWS',
    integer(1000),
    1_000_000,
    'How many rows of the log are kept at most.',
  ),
  timeout: option(
    'LARDER_CHANGE_FEED_TIMEOUT',
    durationWithin('100ms', '5m'),
    '5s',
    'How long a query of the feed may take.',
  ),
} as const;

/** {@link ChangeFeedOptions} with all defaults; durations in milliseconds. */
export type ChangeFeedSettings = {
  readonly [Name in keyof typeof CHANGE_FEED_OPTIONS]: NonNullable<SettingsOf<typeof CHANGE_FEED_OPTIONS>[Name]>;
};

/**
 * Settings from options and environment; an option overrides its variable.
 *
 * @param fallbackName the name of a feed without the option `name`
 * @param isObserved whether loads are observed: then rules are optional
 * @returns settings, and a problem for each invalid option
 */
export function toChangeFeedSettings(
  options: ChangeFeedOptions,
  env: Environment = {},
  fallbackName = 'larder',
  isObserved = false,
): { settings: ChangeFeedSettings; problems: string[] } {
  const problems = unknownOptions(options, Object.keys(CHANGE_FEED_OPTIONS), 'changeFeed');
  const read = readOptions(CHANGE_FEED_OPTIONS, options, env, problems, 'changeFeed.');
  const isSet = options.url !== undefined || Boolean(env.LARDER_CHANGE_FEED_URL);
  const url = isSet ? read.url : readOption(DATABASE_URL, undefined, env, problems, 'changeFeed.url');
  if (!isSet && !env.DATABASE_URL) {
    problems.push(`LARDER_CHANGE_FEED_URL is not set, and DATABASE_URL is not either; set one of them to ${URL_TAKES}`);
  }
  if (!isObserved && (options.rules === undefined || options.rules.length === 0)) {
    problems.push(
      `The option changeFeed.rules is ${options.rules === undefined ? 'not set' : 'empty'}; set it to ${CHANGE_FEED_OPTIONS.rules.schema.takes}, with at least one rule`,
    );
  }
  const settings = { ...read, url: url ?? '', rules: read.rules ?? [], name: read.name ?? fallbackName };
  return { settings, problems };
}

const DATABASE_URL = option('DATABASE_URL', address, undefined, '');

/**
 * The name of a feed's position. Feeds with different rules, as during a rolling deployment, read independently; so do those that
 * map changes to what loads were observed to read, and those that do not.
 */
export function cursorName({ name, rules }: Pick<ChangeFeedSettings, 'name' | 'rules'>, isObserved = false): string {
  const said = rules.map(({ table, columns, invalidate }) => [showTable(table), columns, String(invalidate)]);
  if (isObserved) said.push(['dependencies', [], '']);
  return `${name}:${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 12)}`;
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

function isRule(rule: unknown): boolean {
  return isObject(rule) && 'table' in rule && 'invalidate' in rule && 'covers' in rule;
}

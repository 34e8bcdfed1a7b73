import { createHash } from 'node:crypto';
import { type Duration, toMilliseconds } from '../base/units.js';
import type { PostgresAddress } from '../postgres/session.js';
import type { TableRule } from './table-rule.js';
import { showTable } from './triggers/table-name.js';

/** How a change feed works. What is left out comes from the environment where `LarderModule` makes it, else from the default. */
export interface ChangeFeedOptions {
  /**
   * The database: a URL, or options of the client `pg`. It must be reached directly with `wake: 'notify'`, not through a pooler.
   * `LARDER_CHANGE_FEED_URL`, else `DATABASE_URL`
   */
  readonly url?: PostgresAddress;
  /** What the changes of which tables make invalid. At least one. */
  readonly rules: readonly TableRule[];
  /**
   * Whose place in the log is kept: processes with the same name and the same rules take turns at reading. Applications, and
   * deployments with another Redis, that share a database need different ones. Default: `keyPrefix` in `LarderModule`, else
   * `'larder'`. `LARDER_CHANGE_FEED_NAME`
   */
  readonly name?: string;
  /**
   * `'notify'`: writers ring while the reader sleeps, and the log is read at once. `'poll'`: it is looked at every `pollInterval`,
   * over transactions that a pooler may put on any connection. Default `'notify'`. `LARDER_CHANGE_FEED_WAKE`
   */
  readonly wake?: 'notify' | 'poll';
  /** How often the log is looked at although nobody rang: `'10ms'` to `'1m'`. Default `'1s'`. `LARDER_CHANGE_FEED_POLL_INTERVAL` */
  readonly pollInterval?: Duration;
  /** How long changes are kept for those who are away: from `'1m'`. Default `'1h'`. `LARDER_CHANGE_FEED_RETENTION` */
  readonly retention?: Duration;
  /** How many rows of the log are kept at most: 1,000 and up. Default 1,000,000. `LARDER_CHANGE_FEED_MAX_LOG_ROWS` */
  readonly maxLogRows?: number;
  /** How long a query may take: `'100ms'` to `'5m'`. Default `'5s'`. `LARDER_CHANGE_FEED_TIMEOUT` */
  readonly timeout?: Duration;
}

/** {@link ChangeFeedOptions}, complete and in numbers. */
export interface ChangeFeedSettings {
  readonly url: PostgresAddress;
  readonly rules: readonly TableRule[];
  readonly name: string;
  readonly wake: 'notify' | 'poll';
  readonly pollInterval: number;
  readonly retention: number;
  readonly maxLogRows: number;
  readonly timeout: number;
}

export const CHANGE_FEED_VARIABLES = [
  'LARDER_CHANGE_FEED_URL',
  'LARDER_CHANGE_FEED_NAME',
  'LARDER_CHANGE_FEED_WAKE',
  'LARDER_CHANGE_FEED_POLL_INTERVAL',
  'LARDER_CHANGE_FEED_RETENTION',
  'LARDER_CHANGE_FEED_MAX_LOG_ROWS',
  'LARDER_CHANGE_FEED_TIMEOUT',
] as const;

const OPTIONS = ['url', 'rules', 'name', 'wake', 'pollInterval', 'retention', 'maxLogRows', 'timeout'];
const NAME = /^[^\s]{1,100}$/;

/**
 * Options and environment made into settings; an option goes before its variable.
 *
 * @param fallbackName the name of a feed that is given none
 * @returns settings, and everything that does not hold what it takes
 */
export function toChangeFeedSettings(
  options: ChangeFeedOptions,
  env: Readonly<Record<string, string | undefined>> = {},
  fallbackName = 'larder',
): { settings: ChangeFeedSettings; problems: string[] } {
  const problems: string[] = [];
  const take = <T>(
    name: keyof ChangeFeedOptions,
    variable: string,
    fallback: T,
    takes: string,
    read: Reading<T>,
  ): T => {
    const given = options[name] ?? (env[variable] || undefined);
    if (given === undefined) return fallback;
    const value = read(given);
    const place = options[name] === undefined ? variable : `The option changeFeed.${name}`;
    if (value === undefined) problems.push(`${place} is ${shown(given)}; it takes ${takes}`);
    return value ?? fallback;
  };
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name))
      problems.push(`changeFeed.${name} is no option of Larder; there are ${OPTIONS.join(', ')}`);
  }
  const url = options.url ?? (env.LARDER_CHANGE_FEED_URL || env.DATABASE_URL || undefined);
  problems.push(...problemsOfUrl(url, options.url === undefined));
  const isRules = Array.isArray(options.rules) && options.rules.length > 0 && options.rules.every(isRule);
  if (!isRules)
    problems.push('The option changeFeed.rules takes a list of what onTable() makes, with at least one rule');
  const settings: ChangeFeedSettings = {
    url: url ?? '',
    rules: options.rules,
    name: take(
      'name',
      'LARDER_CHANGE_FEED_NAME',
      fallbackName,
      'a text of 1 to 100 characters without spaces',
      readName,
    ),
    wake: take('wake', 'LARDER_CHANGE_FEED_WAKE', 'notify', "'notify' or 'poll'", readWake),
    pollInterval: take(
      'pollInterval',
      'LARDER_CHANGE_FEED_POLL_INTERVAL',
      1000,
      "a duration from '10ms' to '1m'",
      between(10, 60_000),
    ),
    retention: take(
      'retention',
      'LARDER_CHANGE_FEED_RETENTION',
      3_600_000,
      "a duration from '1m' to '30d'",
      between(60_000, 2_592_000_000),
    ),
    maxLogRows: take('maxLogRows', 'LARDER_CHANGE_FEED_MAX_LOG_ROWS', 1_000_000, 'a whole number from 1000', readMost),
    timeout: take(
      'timeout',
      'LARDER_CHANGE_FEED_TIMEOUT',
      5000,
      "a duration from '100ms' to '5m'",
      between(100, 300_000),
    ),
  };
  return { settings, problems };
}

/** Under which name the place of a feed is kept: feeds with other rules read for themselves, as at a rolling deployment. */
export function cursorName({ name, rules }: Pick<ChangeFeedSettings, 'name' | 'rules'>): string {
  const said = rules.map(({ table, columns, invalidate }) => [showTable(table), columns, String(invalidate)]);
  return `${name}:${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 12)}`;
}

type Reading<T> = (given: unknown) => T | undefined;

const readName: Reading<string> = (given) => (typeof given === 'string' && NAME.test(given) ? given : undefined);
const readWake: Reading<'notify' | 'poll'> = (given) => (given === 'notify' || given === 'poll' ? given : undefined);
const readMost: Reading<number> = (given) => {
  const number = Number(given);
  return Number.isInteger(number) && number >= 1000 ? number : undefined;
};

function between(least: number, most: number): Reading<number> {
  return (given) => {
    const isDigits = typeof given === 'string' && /^\d+$/.test(given);
    const time = toMilliseconds(isDigits ? Number(given) : given);
    return time !== undefined && time >= least && time <= most ? time : undefined;
  };
}

function problemsOfUrl(url: PostgresAddress | undefined, isVariable: boolean): string[] {
  const name = isVariable ? 'LARDER_CHANGE_FEED_URL' : 'The option changeFeed.url';
  const takes = 'it takes a URL such as postgres://user:password@localhost:5432/shop';
  if (url === undefined) return [`${name} is not set, and DATABASE_URL is not either; ${takes}`];
  // It may hold a password.
  if (typeof url === 'string' && !/^postgres(ql)?:\/\//.test(url))
    return [`${name} (not shown) is no such URL; ${takes}`];
  return [];
}

function isRule(rule: unknown): rule is TableRule {
  return typeof rule === 'object' && rule !== null && 'table' in rule && 'invalidate' in rule && 'covers' in rule;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

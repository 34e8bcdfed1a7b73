import { suggestion } from '../base/suggestion.js';
import type { Environment } from '../options/option.js';
import { OPTION_GROUPS, VARIABLES } from './option-tables.js';

const TEST_VARIABLES = /^LARDER_TEST_/;
const OF_A_SERVICE = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/** Variables of pre-releases, with their new names; `undefined` if removed. */
const RENAMED: Readonly<Record<string, string | undefined>> = {
  LARDER_REDIS_DEADLINE: 'LARDER_REDIS_TIMEOUT',
  LARDER_JOB_DRAIN: 'LARDER_SHUTDOWN_TIMEOUT',
  LARDER_INTENT_TTL: 'LARDER_WRITE_INTENT_TTL',
  LARDER_WARM_EVERY: 'LARDER_WARM_INTERVAL',
  LARDER_REFRESH_EVERY: 'LARDER_REFRESH_INTERVAL',
  LARDER_CHANGE_FEED_POLL_EVERY: 'LARDER_CHANGE_FEED_POLL_INTERVAL',
  LARDER_CHANGE_FEED_KEEP_FOR: 'LARDER_CHANGE_FEED_RETENTION',
  LARDER_CHANGE_FEED_KEEP_AT_MOST: 'LARDER_CHANGE_FEED_MAX_LOG_ROWS',
  LARDER_CHANGE_FEED_DEADLINE: 'LARDER_CHANGE_FEED_TIMEOUT',
  LARDER_PREFETCH_CONCURRENCY: undefined,
  LARDER_WARM_CONCURRENCY: undefined,
  LARDER_REFRESH_CONCURRENCY: undefined,
  LARDER_REFRESH_AFTER: undefined,
  LARDER_REFRESH_MIN_HITS: undefined,
};

/** A problem for each unknown variable with the prefix `LARDER_`. Its value may be a secret and is not shown. */
export function unknownVariables(env: Environment): string[] {
  const tables = [...OPTION_GROUPS.map(({ options }) => options), VARIABLES];
  const known = tables.flatMap((options) => Object.values(options).flatMap(({ env: variable }) => variable ?? []));
  return Object.keys(env)
    .filter((name) => name.startsWith('LARDER_') && !known.includes(name) && !TEST_VARIABLES.test(name))
    .filter((name) => !isOfKubernetes(name, env[name]))
    .map((name) => `unknown environment variable ${name}${adviceFor(name, known)}`);
}

function adviceFor(name: string, known: readonly string[]): string {
  if (!Object.hasOwn(RENAMED, name)) return suggestion(name, known);
  const now = RENAMED[name];
  return now === undefined ? '; it was removed' : `; it is ${now} now`;
}

/** Kubernetes injects variables for every service of the namespace into each pod: `LARDER_REDIS_…` for a service `larder-redis`. */
function isOfKubernetes(name: string, value = ''): boolean {
  return OF_A_SERVICE.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value));
}

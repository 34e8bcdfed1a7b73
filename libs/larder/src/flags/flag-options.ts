import { type Option, option, type Schema } from '../options/option.js';
import { list, toggle } from '../options/values.js';

/** A switch in the environment. */
export interface Flag extends Option<boolean, boolean> {
  /** Its default: flags with `'in development'` are off in production. */
  readonly isOn: 'everywhere' | 'in development';
  /** What it switches, as a clause. */
  readonly switches: string;
}

/** All flags, by their environment variable. */
export const FLAGS = {
  ENABLE_SIMULATION: flag(
    'ENABLE_SIMULATION',
    'in development',
    'simulations; which ones, `SIMULATION_FEATURE_FLAG` says',
  ),
  BACKGROUND_BROADCASTING: flag(
    'BACKGROUND_BROADCASTING',
    'in development',
    'messages to sockets that no client asked for',
  ),
  LARDER_MEMORY_TIER: flag('LARDER_MEMORY_TIER', 'everywhere', 'entries in the memory of this process'),
  LARDER_COMPRESSION: flag('LARDER_COMPRESSION', 'everywhere', 'compression of large values', 'redis.md#compression'),
  LARDER_BACKGROUND: flag(
    'LARDER_BACKGROUND',
    'everywhere',
    'all work between requests: sweeps, prefetch, warming, background refresh, jobs, the change feed; off for serverless',
    'production.md#serverless',
  ),
  LARDER_PREFETCH: flag(
    'LARDER_PREFETCH',
    'everywhere',
    'loading the calls that are likely to come next',
    'prefetch.md',
  ),
  LARDER_WARMING: flag('LARDER_WARMING', 'everywhere', 'loading critical calls before a caller asks', 'warming.md'),
  LARDER_BACKGROUND_REFRESH: flag(
    'LARDER_BACKGROUND_REFRESH',
    'everywhere',
    'loading hot and critical entries again before they expire',
    'warming.md#background-refresh',
  ),
  LARDER_JOBS: flag('LARDER_JOBS', 'everywhere', 'jobs', 'jobs.md'),
  LARDER_CHANGE_FEED: flag(
    'LARDER_CHANGE_FEED',
    'everywhere',
    'invalidation by changes in the database, where it is configured',
    'change-feed.md',
  ),
  LARDER_LIVE_QUERIES: flag(
    'LARDER_LIVE_QUERIES',
    'in development',
    'cached queries that sockets subscribe to',
    'live-queries.md',
  ),
} as const satisfies Readonly<Record<string, Flag>>;

export type SwitchName = keyof typeof FLAGS;

/** A flag: a switch, or one of the simulations that the application has. */
export type FlagName = SwitchName | `simulation:${string}`;

export const SWITCH_NAMES = Object.keys(FLAGS) as readonly SwitchName[];

const SIMULATION_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** The variable that selects simulations. @param known the application's simulations; `undefined` if it names none */
export function simulationFlag(known?: readonly string[]): Option<readonly string[], readonly string[]> {
  const isKnown = (name: string) => name === 'all' || (known?.includes(name) ?? SIMULATION_NAME.test(name));
  const takes = `all, or some of ${known?.join(', ') ?? 'the simulations there are'}, with commas between them`;
  const schema: Schema<readonly string[]> = list(isKnown, takes);
  return option(
    'SIMULATION_FEATURE_FLAG',
    schema,
    ['all'],
    'which simulations run; each is a flag `simulation:<name>`',
  );
}

function flag(env: string, isOn: Flag['isOn'], switches: string, page?: string): Flag {
  const doc = page === undefined ? switches : `${switches} ([more](${page}))`;
  return { ...option(env, toggle, true, doc), isOn, switches };
}

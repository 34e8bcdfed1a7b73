/** What a flag switches, and where it is on without being asked for. */
interface Switch {
  readonly isOn: 'everywhere' | 'in development';
  readonly switches: string;
}

/** All flags, by their environment variable. What shows or tells something to outsiders is off in production until asked for. */
export const SWITCHES = {
  ENABLE_SIMULATION: { isOn: 'in development', switches: 'simulations; which ones, SIMULATION_FEATURE_FLAG says' },
  BACKGROUND_BROADCASTING: {
    isOn: 'in development',
    switches: 'what is sent to sockets without having been asked for',
  },
  LARDER_MEMORY_TIER: { isOn: 'everywhere', switches: 'entries kept in the memory of this process' },
  LARDER_COMPRESSION: { isOn: 'everywhere', switches: 'compression of large values' },
  LARDER_PREFETCH: { isOn: 'everywhere', switches: 'loading what will probably be asked for next' },
  LARDER_WARMING: { isOn: 'everywhere', switches: 'loading before anybody asks' },
  LARDER_BACKGROUND_REFRESH: { isOn: 'everywhere', switches: 'loading again before entries expire' },
  LARDER_JOBS: { isOn: 'everywhere', switches: 'jobs' },
  LARDER_CHANGE_FEED: { isOn: 'everywhere', switches: 'invalidation by changes in the database' },
  LARDER_LIVE_QUERIES: { isOn: 'in development', switches: 'cached queries that sockets subscribe to' },
} as const satisfies Readonly<Record<string, Switch>>;

export type SwitchName = keyof typeof SWITCHES;

/** A flag: a switch, or one of the simulations that the application has. */
export type FlagName = SwitchName | `simulation:${string}`;

export const SWITCH_NAMES = Object.keys(SWITCHES) as readonly SwitchName[];
export const SIMULATIONS_VARIABLE = 'SIMULATION_FEATURE_FLAG';

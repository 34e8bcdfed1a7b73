import { setTimeout as delay } from 'node:timers/promises';
import type { RedisLibrary } from '../../../libs/larder/src/redis/redis-url.js';
import { PostgresServer } from '../servers/postgres-server.js';
import { RedisServer } from '../servers/redis-server.js';
import { until } from '../until.js';
import { type Violation, violationsOf } from './checker.js';
import { type Database, LONGEST_QUERY, RedisDatabase } from './databases/database.js';
import { ObservedDatabase } from './databases/observed-database.js';
import { OutsideWriter } from './databases/outside-writer.js';
import { PostgresDatabase } from './databases/postgres-database.js';
import { postgresFaults } from './databases/postgres-faults.js';
import { type Fault, suffer } from './fault.js';
import { Fleet } from './fleet.js';
import { moment } from './moment.js';
import type { Mode, NodeOptions, SubjectName } from './node/node-messages.js';
import type { Operation } from './operations.js';
import { Random } from './random.js';
import { ClusterTopology } from './topologies/cluster.js';
import { SentinelTopology } from './topologies/sentinel.js';
import { SingleTopology } from './topologies/single.js';
import type { Topology } from './topologies/topology.js';

const NODES = 3;
/** Milliseconds without faults at the end, in which new writes replace those of dead nodes. */
const QUIET = 2500;
/**
 * Maximum milliseconds of a call: its queries, a few timeouts of Redis (250 each), the lease of a
 * process that died while it loaded (2 s), and the load of a busy machine.
 */
const LONGEST = 2 * LONGEST_QUERY + 6 * 250 + 2000 + 1000;

/** The same while PostgreSQL restarts. */
const LONGEST_RESTART = LONGEST + 15_000;

/** Rare writes leave values long enough to become stale; frequent writes overlap. */
const WRITE_PAUSES = [700, 700, 300, 60];

export type TopologyName = keyof typeof TOPOLOGIES;

export const TOPOLOGIES = {
  single: () => SingleTopology.start(NODES),
  sentinel: () => SentinelTopology.start(),
  cluster: () => ClusterTopology.start(),
} as const satisfies Record<string, () => Promise<Topology>>;

export interface HistoryOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly mode: Mode;
  readonly subject: SubjectName;
  /** The entry point of the previous release, which every other node runs. Default: all run this one. */
  readonly former?: string;
  readonly topology: TopologyName;
  /** The client library of the nodes. Default: ioredis. */
  readonly client?: RedisLibrary;
  /** Whether the database is a PostgreSQL whose change feed the nodes read. Writers also die between commit and end. */
  readonly feed?: boolean;
  /** Whether values depend on their queries. All writes are plain SQL then, and PostgreSQL suffers faults too. */
  readonly dependsOn?: boolean;
  /** Whether nothing suffers faults. */
  readonly isCalm?: boolean;
  /** Milliseconds. */
  readonly maxStaleness: number;
}

export interface History {
  readonly operations: readonly Operation[];
  readonly violations: readonly Violation[];
  /** The faults with their times, on the clock of the operations. */
  readonly faults: readonly { readonly at: number; readonly what: string }[];
}

/** Lets a fleet work during faults, by a schedule that the seed determines, and checks all operations. */
export async function runHistory(options: HistoryOptions): Promise<History> {
  const topology = await TOPOLOGIES[options.topology]();
  const { server, database, address, isRead, faults: databaseFaults } = await startDatabase(options);
  try {
    const writePause = new Random(options.seed).oneOf(WRITE_PAUSES);
    const fleet = await Fleet.start(
      NODES,
      (node) => ({
        ...options,
        writePause,
        library: node % 2 === 0 ? undefined : options.former,
        redis: `${topology.urlFor(node)}?client=${options.client ?? 'ioredis'}`,
        database: address,
        waitReplicas: topology.waitReplicas,
      }),
      options.feed === true,
    );
    const outside =
      options.dependsOn && 'url' in address
        ? new OutsideWriter(address.url, new Random(options.seed), (operation) => fleet.history.push(operation))
        : undefined;
    try {
      const faults = options.isCalm ? await calm(options) : await sufferAll(fleet, topology, databaseFaults, options);
      await delay(QUIET);
      await outside?.stop();
      const settled = async (milliseconds: number) => {
        await until(isRead);
        await delay(milliseconds);
      };
      await fleet.settle(options.maxStaleness, settled);
      const { history: operations } = fleet;
      const { maxStaleness } = options;
      const expectations = {
        maxStaleness,
        longest: options.dependsOn ? LONGEST_RESTART : LONGEST,
        database: await database.all(),
      };
      return { operations, violations: violationsOf(operations, expectations), faults };
    } finally {
      await fleet.stop();
    }
  } finally {
    await database.close();
    await Promise.all([topology.stop(), server.stop()]);
  }
}

interface StartedDatabase {
  readonly server: { stop(): Promise<void> };
  readonly database: Database;
  readonly address: NodeOptions['database'];
  /** Whether the feed, if there is one, has delivered everything committed. */
  readonly isRead: () => boolean | Promise<boolean>;
  readonly faults: readonly Fault[];
}

async function startDatabase({ feed, dependsOn = false }: HistoryOptions): Promise<StartedDatabase> {
  if (!feed && !dependsOn) {
    const server = await RedisServer.start();
    const database = new RedisDatabase(server.port, new Random(0));
    return { server, database, address: { port: server.port }, isRead: () => true, faults: [] };
  }
  const server = await PostgresServer.start();
  const { url } = server;
  const database = new (dependsOn ? ObservedDatabase : PostgresDatabase)(url, new Random(0));
  await database.setUp(url);
  return {
    server,
    database,
    address: { url, isObserved: dependsOn },
    isRead: () => database.isRead(),
    faults: dependsOn ? postgresFaults(server) : [],
  };
}

async function calm({ seconds }: HistoryOptions): Promise<[]> {
  await delay(seconds * 1000);
  return [];
}

/** Servers and nodes suffer faults at the same time, each in sequence. */
async function sufferAll(
  fleet: Fleet,
  topology: Topology,
  databaseFaults: readonly Fault[],
  { seed, seconds }: HistoryOptions,
) {
  const faults: { at: number; what: string }[] = [];
  const tell = (what: string) => faults.push({ at: moment(), what });
  const until = performance.now() + seconds * 1000;
  const nodeFaults = Array.from({ length: NODES }, (_, node) => [
    ...fleet.faultsOf(node),
    ...topology.networkFaultsOf(node),
  ]);
  await Promise.all([
    suffer(topology.serverFaults(fleet), new Random(seed), until, tell),
    suffer(databaseFaults, new Random(seed + 2_000_003), until, tell),
    suffer(nodeFaults.flat(), new Random(seed + 1_000_003), until, tell),
  ]);
  return faults;
}

// Taken from the built files, because the library does not export them: a node of the fleet without its cache.
type Journals = typeof import('../../libs/larder/build/redis-cache/journal/redis-journal.js');
type Tables = typeof import('../../libs/larder/build/cache/versions/version-table.js');
type Clients = typeof import('../../libs/larder/build/redis/redis-client.js');
type Opening = typeof import('../../libs/larder/build/redis/connect.js');
type Clocks = typeof import('../../libs/larder/build/base/clock.js');
type Tracers = typeof import('../../libs/larder/build/base/signals/tracer.js');

const built = new URL('build/', import.meta.resolve('nest-larder/package.json'));
const load = (path: string) => import(new URL(path, built).href);

const { RedisJournal }: Journals = await load('redis-cache/journal/redis-journal.js');
const { VersionTable }: Tables = await load('cache/versions/version-table.js');
const { RedisClient }: Clients = await load('redis/redis-client.js');
const { openRedis }: Opening = await load('redis/connect.js');
const { SystemClock }: Clocks = await load('base/clock.js');
const { Tracing }: Tracers = await load('base/signals/tracer.js');

/** The default of the option `slots`. */
export const SLOTS = 2 ** 18;
const TIMEOUT = 30_000;

/** The journal of one node, with its table and both of its connections. */
export interface Node {
  readonly journal: InstanceType<Journals['RedisJournal']>;
  readonly table: InstanceType<Tables['VersionTable']>;
}

export async function nodeOf(redis: string): Promise<Node> {
  const table = new VersionTable(SLOTS);
  const connection = new RedisClient(await openRedis(redis, TIMEOUT), TIMEOUT);
  const journal = new RedisJournal(table, {
    prefix: 'journal',
    clock: new SystemClock(),
    connection,
    dedicate: (key) => connection.dedicate(key),
    timeout: TIMEOUT,
    maxStaleness: 1000,
    waitReplicas: 0,
    writeIntentTtl: 30_000,
    report() {},
    notes: false,
    tracing: new Tracing(),
  });
  return { journal, table };
}

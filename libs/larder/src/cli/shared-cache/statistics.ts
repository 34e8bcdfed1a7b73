import type { RedisStats } from '../../cache/stats/redis-stats.js';
import type { Environment } from '../../options/option.js';
import { tableKeys, unpackSlots } from '../../redis-cache/journal/version-scripts.js';
import { RedisServers } from '../../redis-cache/redis-stats.js';
import { type SharedCache, withSharedCache } from './shared-cache.js';

/** Records of the journal that are read. */
const SAMPLE = 200;

/** What Redis knows of the cache that processes share. */
export interface RedisStatistics {
  readonly redis: RedisStats;
  /** The number of slots of the version table. */
  readonly slots: number;
  readonly journal: JournalStatistics;
}

/** The last invalidations of all processes. */
interface JournalStatistics {
  /** Records that were read, at most 200. One record may hold several invalidations of one moment. */
  readonly records: number;
  /** Milliseconds from the first of them until now. */
  readonly span: number;
  /** Versions that they raised, on average. */
  readonly slotsPerRecord: number;
  /** Versions that were raised per second over the span; `null` with fewer than two records. */
  readonly raisedPerSecond: number | null;
  /** Records by origin, where nodes have `diagnostics` on. */
  readonly origins: Readonly<Record<string, number>>;
}

/** Reads the statistics, and writes nothing. */
export function redisStatistics(env: Environment): Promise<RedisStatistics> {
  return withSharedCache(env, async (cache) => {
    const [redis, journal] = await Promise.all([new RedisServers(cache.client).stats(), journalStatistics(cache)]);
    return { redis, slots: cache.settings.slots, journal };
  });
}

async function journalStatistics({ client, settings }: SharedCache): Promise<JournalStatistics> {
  const { journal } = tableKeys(settings.keyPrefix);
  const [reply, time] = (await client.callAll([['XREVRANGE', journal, '+', '-', 'COUNT', SAMPLE], ['TIME']])) as [
    readonly (readonly [id: Buffer, fields: readonly Buffer[]])[],
    readonly [unknown, unknown],
  ];
  const records = reply.map(([id, fields]) => ({ at: Number.parseInt(id.toString(), 10), fields: fieldsOf(fields) }));
  const now = 1000 * Number(String(time[0])) + Number(String(time[1])) / 1000;
  const span = Math.max(0, Math.round(now - (records.at(-1)?.at ?? now)));
  const raised = records.reduce((sum, { fields }) => sum + unpackSlots(fields.get('s') ?? Buffer.alloc(0)).length, 0);
  const origins: Record<string, number> = {};
  for (const { fields } of records) {
    const origin = fields.get('o')?.toString();
    if (origin !== undefined) origins[origin] = (origins[origin] ?? 0) + 1;
  }
  return {
    records: records.length,
    span,
    slotsPerRecord: records.length === 0 ? 0 : raised / records.length,
    raisedPerSecond: records.length < 2 || span === 0 ? null : (1000 * raised) / span,
    origins,
  };
}

function fieldsOf(fields: readonly Buffer[]): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2) found.set(String(fields[at]), fields[at + 1] as Buffer);
  return found;
}

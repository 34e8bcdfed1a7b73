import { connectedCache } from '../measure/connected-cache.js';
import type { Candidate } from '../measure/rounds.js';
import { IDS, loadTournament } from '../memory-hit/tournament.js';
import type { Payload } from './payloads.js';
import { noHit, type Subject } from './subject.js';

/** Memory for one entry and a new id each time: every read goes to Redis. */
export async function larder(url: string, { size, ids, valueUnder }: Payload): Promise<Subject> {
  const keyPrefix = `larder-${size.replace(' ', '')}`;
  const cache = await connectedCache({ redis: url, keyPrefix, maxEntries: 1 });
  await cache.setMany(
    ids.map((id) => [['tournaments', id], valueUnder(id)] as const),
    { ttl: '1h' },
  );
  return {
    name: 'larder getOrLoad',
    read: (id) => cache.getOrLoad(['tournaments', id], noHit, { ttl: '1h' }),
    readMany: (batch) =>
      cache.getMany(
        batch.map((id) => ['tournaments', id]),
        noHit,
        { ttl: '1h' },
      ),
  };
}

/** Hits in memory, in a cache with a Redis: the same loop as without one. */
export async function memoryHitsBesideRedis(url: string): Promise<Candidate<string>> {
  const cache = await connectedCache({ redis: url, keyPrefix: 'larder-memory' });
  const run = async (ids: readonly string[]) => {
    for (const id of ids) await cache.getOrLoad(['tournaments', id], () => loadTournament(id), { ttl: '10m' });
  };
  await run(IDS);
  return { name: 'larder getOrLoad, with Redis', run };
}

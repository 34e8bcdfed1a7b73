import type { Finding } from './finding.js';
import type { RedisSubject } from './redis-subject.js';

/** The hash slots of a Redis Cluster. */
const SLOTS = 16_384;

/** Checks whether each hash slot of a cluster has a master, and whether the address names a cluster as one. */
export async function checkCluster({ client, isCluster }: RedisSubject): Promise<Finding | undefined> {
  const enabled = fieldOf(String(await client.call('INFO', 'cluster')), 'cluster_enabled') === '1';
  if (!enabled) return undefined;
  const info = String(await client.call('CLUSTER', 'INFO'));
  if (!isCluster) {
    // A cluster of one master has every key on it.
    if (Number(fieldOf(info, 'cluster_size')) <= 1) return undefined;
    return problem(
      'The server is a node of a Redis Cluster, and the address names a single server: most keys are on other nodes',
      'Write the address as redis+cluster://host:port,host:port',
    );
  }
  // Masters need not agree: one does not learn that another has given a slot away.
  const views = await Promise.all(client.masters().map(async (master) => String(await master.call('CLUSTER', 'INFO'))));
  const state = views.every((view) => fieldOf(view, 'cluster_state') === 'ok') ? 'ok' : 'fail';
  const ok = Math.min(...views.map((view) => Number(fieldOf(view, 'cluster_slots_ok'))));
  if (state === 'ok' && ok === SLOTS)
    return { area: 'redis', level: 'ok', text: `Each of the ${SLOTS} hash slots of the cluster has a master` };
  return problem(
    `${SLOTS - ok} of the ${SLOTS} hash slots of the cluster have no master, and its state is ${state}`,
    'Start the missing nodes, or assign the slots: redis-cli --cluster fix host:port',
  );
}

function problem(text: string, remedy: string): Finding {
  return { area: 'redis', level: 'problem', text, remedy };
}

function fieldOf(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}

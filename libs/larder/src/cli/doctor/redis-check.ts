import { LarderError, messageOf } from '../../base/errors.js';
import { risksOfServer } from '../../config/production-risks.js';
import type { RedisAddress } from '../../redis/address.js';
import type { Connection } from '../../redis/connection.js';
import type { RedisClient } from '../../redis/redis-client.js';
import { tableKeys } from '../../redis-cache/journal/version-scripts.js';
import { openClient } from '../shared-cache/open-client.js';
import { slotsOfTable } from '../shared-cache/table-size.js';
import { checkCluster } from './cluster-check.js';
import type { Check, Finding } from './finding.js';
import { checkPermissions } from './redis-permissions.js';
import type { RedisSubject } from './redis-subject.js';

const MIN_VERSION = 7;
/** A difference of clocks that is reported, in milliseconds. */
const MAX_CLOCK_OFFSET = 5000;
/** A round trip that is reported, in milliseconds: each read after a miss in memory waits for it. */
const MAX_ROUND_TRIP = 20;

const CHECKS: readonly Check<RedisSubject>[] = [
  checkVersion,
  checkRole,
  checkCluster,
  checkEviction,
  checkFull,
  checkClock,
  checkRoundTrip,
  checkTable,
  checkPermissions,
];

/** Connects to Redis as the cache does, and checks whether the cache can work with it. */
export async function checkRedis(
  address: RedisAddress,
  options: Omit<RedisSubject, 'client' | 'isCluster'>,
): Promise<readonly Finding[]> {
  let client: RedisClient | undefined;
  try {
    client = await openClient(address);
    const { problem } = client;
    if (problem !== undefined) {
      return [
        { area: 'redis', level: 'problem', text: problem, remedy: 'Correct LARDER_REDIS_URL, or start Redis there' },
      ];
    }
    return await runChecks({ client, isCluster: isClusterAddress(address), ...options });
  } catch (error) {
    if (!(error instanceof LarderError)) throw error;
    return [{ area: 'redis', level: 'problem', text: messageOf(error) }];
  } finally {
    client?.close();
  }
}

function isClusterAddress(address: RedisAddress): boolean {
  return typeof address === 'string' ? /^rediss?\+cluster:/.test(address.trim()) : 'cluster' in address;
}

/** Runs every check; one that Redis refuses to answer says nothing: the check of permissions does. */
export async function runChecks(subject: RedisSubject): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    const finding = await check(subject).catch(() => undefined);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function checkVersion({ client }: RedisSubject): Promise<Finding> {
  const version = await infoOf(client, 'server', 'redis_version');
  if (Number.parseInt(version, 10) >= MIN_VERSION)
    return { area: 'redis', level: 'ok', text: `Redis is version ${version}` };
  return {
    area: 'redis',
    level: 'problem',
    text: `Redis is version ${version || 'unknown'}`,
    remedy: `Larder needs Redis ${MIN_VERSION} or later`,
  };
}

async function checkRole({ client }: RedisSubject): Promise<Finding | undefined> {
  if ((await infoOf(client, 'replication', 'role')) !== 'slave') return undefined;
  return {
    area: 'redis',
    level: 'problem',
    text: 'The server is a replica, which takes no writes',
    remedy: 'Let LARDER_REDIS_URL lead to the master, to the Sentinels or to the cluster',
  };
}

async function checkEviction({ client }: RedisSubject): Promise<Finding | undefined> {
  const [risk] = (await Promise.all(client.masters().map(risksOfServer))).flat();
  return risk === undefined ? undefined : { area: 'redis', level: 'warning', text: risk };
}

/** With `noeviction`, a full Redis refuses writes. */
async function checkFull({ client }: RedisSubject): Promise<Finding | undefined> {
  const [policy, limit, used] = await Promise.all(
    ['maxmemory_policy', 'maxmemory', 'used_memory'].map((name) => infoOf(client, 'memory', name)),
  );
  if (policy !== 'noeviction' || Number(limit) === 0 || Number(used) < 0.9 * Number(limit)) return undefined;
  return {
    area: 'redis',
    level: 'warning',
    text: `Redis uses ${used} of ${limit} bytes, and refuses writes when it is full (noeviction)`,
    remedy: 'Raise maxmemory, or set maxmemory-policy to volatile-lru',
  };
}

async function checkClock({ client, now }: RedisSubject): Promise<Finding | undefined> {
  const before = now();
  const [seconds] = (await client.call('TIME')) as [unknown, unknown];
  const offset = (before + now()) / 2 - 1000 * Number(String(seconds));
  if (Math.abs(offset) <= MAX_CLOCK_OFFSET) return undefined;
  return {
    area: 'redis',
    level: 'warning',
    text: `The clock of this machine is ${Math.round(Math.abs(offset) / 1000)} s ${offset > 0 ? 'ahead of' : 'behind'} that of Redis`,
    remedy: 'Synchronise the clocks (NTP): times in logs, ages and tokens of users depend on them',
  };
}

async function checkRoundTrip({ client }: RedisSubject): Promise<Finding> {
  const times: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    const before = performance.now();
    await client.call('PING');
    times.push(performance.now() - before);
  }
  const median = times.sort((one, other) => one - other)[2] as number;
  const text = `A round trip to Redis takes ${median.toFixed(1)} ms`;
  if (median <= MAX_ROUND_TRIP) return { area: 'redis', level: 'ok', text };
  return { area: 'redis', level: 'warning', text, remedy: 'Run Redis in the network of the application' };
}

async function checkTable({ client, keyPrefix, slots }: RedisSubject): Promise<Finding | undefined> {
  const { table } = tableKeys(keyPrefix);
  const bytes = Number(await client.call('STRLEN', table));
  if (bytes === 0 || slotsOfTable(bytes) === slots) return undefined;
  return {
    area: 'redis',
    level: 'problem',
    text: `Other processes use ${slotsOfTable(bytes)} slots, and this one ${slots}`,
    remedy: 'Set LARDER_SLOTS to the same value in all processes; to change it, change LARDER_KEY_PREFIX too',
  };
}

/** A field of `INFO`. */
async function infoOf(client: Connection, section: string, name: string): Promise<string> {
  const info = String(await client.call('INFO', section));
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}

import type { Argument } from '../../redis/connection.js';
import type { Finding } from './finding.js';
import type { RedisSubject } from './redis-subject.js';

type Command = readonly [name: string, ...args: readonly Argument[]];

/** Redis words this differently for commands, keys and scripts. */
const DENIED = /^NOPERM|user executing the script can't/;

/** The commands that the cache sends, on keys of their own, which expire after seconds. */
function commandsOn(prefix: string): readonly Command[] {
  const [text, list, stream, hash, sorted] = ['t', 'l', 's', 'h', 'z'].map((kind) => `{${prefix}}:doctor:${kind}`) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return [
    ['PING'],
    ['INFO', 'server'],
    ['TIME'],
    ['DBSIZE'],
    ['SCAN', '0', 'COUNT', '1'],
    ['SET', text, '0', 'PX', '5000'],
    ['GET', text],
    ['MGET', text],
    ['TYPE', text],
    ['STRLEN', text],
    ['GETRANGE', text, '0', '0'],
    ['SETRANGE', list, '0', '0'],
    ['BITFIELD', list, 'GET', 'i64', '0'],
    ['XADD', stream, '*', 'n', '0'],
    ['XREAD', 'COUNT', '1', 'STREAMS', stream, '0'],
    ['XREVRANGE', stream, '+', '-', 'COUNT', '1'],
    ['HSET', hash, 'n', '0'],
    ['HGET', hash, 'n'],
    ['HDEL', hash, 'n'],
    ['ZADD', sorted, '0', 'n'],
    ['ZRANGE', sorted, '0', '0'],
    ['ZRANGEBYSCORE', sorted, '0', '0'],
    ['ZREM', sorted, 'n'],
    ['PEXPIRE', text, '5000'],
    ['EVAL', 'return 1', '1', text],
    ['EVALSHA', '0'.repeat(40), '1', text],
    ['DEL', text, list, stream, hash, sorted],
  ];
}

/** The commands and keys that the user of Redis may not use. */
export async function checkPermissions({ client, keyPrefix }: RedisSubject): Promise<Finding | undefined> {
  const denied: string[] = [];
  for (const [name, ...args] of commandsOn(keyPrefix)) {
    const error = await client.call(name, ...args).then(
      () => undefined,
      (fault: unknown) => (fault instanceof Error ? fault.message : String(fault)),
    );
    if (error !== undefined && DENIED.test(error)) denied.push(/key/i.test(error) ? `${name} on its keys` : name);
  }
  if (denied.length === 0) return undefined;
  return {
    area: 'redis',
    level: 'problem',
    text: `The user of Redis may not use ${denied.join(', ').toLowerCase()}`,
    remedy: `Grant the commands that docs/redis.md lists, on the keys ~${keyPrefix}:* and ~{${keyPrefix}*`,
  };
}

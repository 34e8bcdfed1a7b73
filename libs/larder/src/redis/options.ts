import { option, type Schema } from '../options/option.js';
import { durationWithin, name, toSwitch } from '../options/values.js';
import { FORMS, problemsOfAddress, type RedisAddress } from './address.js';

const redisAddress: Schema<RedisAddress | false> = {
  takes: `a URL, ${FORMS}`,
  asText: 'a URL of redis://, rediss://, redis+sentinel:// or redis+cluster://, or off',
  example: 'redis://localhost:6379',
  documented: 'a URL, options of ioredis, `{ cluster }`, a client, or `false`, as a variable `off`',
  read: (given) => {
    if (toSwitch(given) === false) return false;
    return problemsOfAddress(given, '').length === 0 ? (given as RedisAddress) : undefined;
  },
  problemsOf: problemsOfAddress,
};

/** How Redis is reached: options of everything that works through it. */
export const CONNECTION_OPTIONS = {
  redis: option(
    'LARDER_REDIS_URL',
    redisAddress,
    undefined,
    'The Redis that all processes share ([Redis](redis.md)). Unset: one process. Production needs it; `off` there says that there is one process.',
  ),
  redisTimeout: option(
    'LARDER_REDIS_TIMEOUT',
    durationWithin('1ms', '1m'),
    '250ms',
    'How long a call of Redis may take.',
  ),
  keyPrefix: option(
    'LARDER_KEY_PREFIX',
    // Braces would be a hash tag to a cluster.
    name(/^[^\s{}*]{1,100}$/, 'a text without spaces, braces and asterisks'),
    'larder',
    'First part of every name in Redis; processes with the same prefix share one cache.',
  ),
} as const;

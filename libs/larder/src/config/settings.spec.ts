import { describe, expect, it } from '@jest/globals';
import { LarderOptionsError } from '../base/errors.js';
import type { LarderOptions } from './options.js';
import { toSettings } from './settings.js';

const SWITCHES = [
  'LARDER_PREFETCH',
  'LARDER_WARMING',
  'LARDER_BACKGROUND_REFRESH',
  'LARDER_DIAGNOSTICS',
  'LARDER_STRICT_SCOPE',
];

function problems(options: object, env: Record<string, string> = {}): readonly string[] {
  try {
    toSettings(options, env);
    return [];
  } catch (error) {
    if (error instanceof LarderOptionsError) return error.problems;
    throw error;
  }
}

describe('toSettings', () => {
  it('prefers an option to its variable, and the variable to the default', () => {
    const env = { LARDER_DEFAULT_TTL: '10m', LARDER_MAX_BYTES: '64mb', LARDER_MAX_ENTRIES: '' };
    expect(toSettings({ defaultTtl: '1s' }, env)).toMatchObject({
      defaultTtl: 1000,
      maxBytes: 64 * 1024 * 1024,
      maxEntries: 100_000,
      jitter: 0,
      slots: 262_144,
      maxStaleness: 1000,
    });
    expect(toSettings({}, { LARDER_DEFAULT_TTL: '1500' }).defaultTtl).toBe(1500);
  });

  it('accepts a size, true or false for compression, and off in the environment', () => {
    const given = [true, false, '2kb', 100].map((compress) => toSettings({ compress } as LarderOptions).compress);
    expect(given).toEqual([1024, Number.POSITIVE_INFINITY, 2048, 100]);
    const variables = ['off', '4kb', ''].map((value) => toSettings({}, { LARDER_COMPRESS_FROM: value }).compress);
    expect(variables).toEqual([Number.POSITIVE_INFINITY, 4096, 1024]);
  });

  it('lists the problems of the option classes', () => {
    class Venue {}
    const rule = { class: Date, store: Number, restore: (time: number) => new Date(time) };
    expect(problems({ classes: { venue: Venue, date: rule } })).toEqual([]);
    expect(problems({ classes: { a: Venue, b: Venue, c: 5, d: () => {}, e: { class: Date }, f: Object } })).toEqual([
      'The option classes.b is the same class as classes.a',
      'invalid option classes.c: got number, expected a class or { class, store, restore }',
      'invalid option classes.d: got function, expected a class or { class, store, restore }',
      'invalid option classes.e: got object, expected a class or { class, store, restore }',
      'invalid option classes.f: got function, expected a class or { class, store, restore }',
    ]);
    expect(problems({ classes: [Venue] })).toEqual([]);
    expect(problems({ classes: 'Venue' })).toEqual([
      'invalid option classes: got Venue, expected names with classes, or with { class, store, restore }',
    ]);
  });

  it('lists all problems in one error: the name, the given value, the expected values', () => {
    expect(problems({ jitter: 2 }, { LARDER_DEFAULT_TTL: 'soon', LARDER_SLOTS: '100000' })).toEqual([
      "invalid LARDER_DEFAULT_TTL: got 'soon', expected milliseconds above zero or a duration such as '5m'",
      'invalid option jitter: got 2, expected a fraction from 0 to 1',
      "invalid LARDER_SLOTS: got '100000', expected a power of two from 65536 to 4194304",
    ]);
  });

  it.each(['on', 'true', 'yes', '1', 'ON', 'True'])('accepts %s as on in every switch', (word) => {
    const env = Object.fromEntries(SWITCHES.map((name) => [name, word]));
    expect(toSettings({}, env)).toMatchObject({ prefetch: true, warming: true, diagnostics: true });
    expect(toSettings({}, env).scope.strictScope).toBe(true);
    expect(toSettings({}, { LARDER_COMPRESS_FROM: word }).compress).toBe(word === '1' ? 1 : 1024);
  });

  it.each(['off', 'false', 'no', '0', 'OFF', 'False'])('accepts %s as off in every switch', (word) => {
    const env = Object.fromEntries(SWITCHES.map((name) => [name, word]));
    expect(toSettings({}, env)).toMatchObject({ prefetch: false, warming: false, diagnostics: false });
    expect(toSettings({}, env).scope.strictScope).toBe(false);
    expect(toSettings({}, { LARDER_REDIS_URL: word }).isRedisOff).toBe(true);
  });

  it('prefers an option to its switch, and reports an invalid switch once', () => {
    expect(toSettings({}).prefetch).toBe(true);
    expect(toSettings({}, { LARDER_PREFETCH: '' }).prefetch).toBe(true);
    expect(toSettings({ prefetch: true }, { LARDER_PREFETCH: 'false' }).prefetch).toBe(true);
    expect(problems({}, { LARDER_PREFETCH: 'maybe' })).toEqual([
      "invalid LARDER_PREFETCH: got 'maybe', expected on or off (true or false, yes or no, 1 or 0)",
    ]);
  });

  it.each([
    ['LARDER_DEFAULT_TTL', '0'],
    ['LARDER_DEFAULT_TTL', '-5m'],
    ['LARDER_JITTER', '1.1'],
    ['LARDER_JITTER', 'some'],
    ['LARDER_MAX_ENTRIES', '0'],
    ['LARDER_MAX_ENTRIES', '1.5'],
    ['LARDER_MAX_BYTES', '64 apples'],
    ['LARDER_MAX_BYTES', '0'],
    ['LARDER_SLOTS', '8388608'],
    ['LARDER_MAX_STALENESS', 'never'],
    ['LARDER_COMPRESS_FROM', 'never'],
    ['LARDER_WAIT_REPLICAS', '101'],
    ['LARDER_SHUTDOWN_TIMEOUT', '2h'],
    ['LARDER_CHANGE_FEED_POLL_INTERVAL', '2m'],
    ['LARDER_CHANGE_FEED_MAX_LOG_ROWS', '10'],
    ['LARDER_COMPRESS_FROM', '0'],
  ])('refuses %s=%s', (variable, value) => {
    expect(problems({}, { [variable]: value })[0]).toContain(`invalid ${variable}: got '${value}', expected `);
  });

  it.each(['short', 'fifteen-letters', 'sixteen letters!', 'sechzehn-Zeichen-ä', `${'x'.repeat(1025)}`])(
    'refuses the admin token %s without repeating it',
    (token) => {
      const [problem] = problems({}, { LARDER_ADMIN_TOKEN: token });
      expect(problem).toMatch(
        /^invalid LARDER_ADMIN_TOKEN \(not shown\): expected 16 to 1024 visible ASCII characters/,
      );
      expect(problem).not.toContain(token);
    },
  );

  it.each([
    'aaaaaaaaaaaaaaaaaaaa',
    '1234567890123456',
    '0123456789012345678',
    'abcdefghijklmnopqrst',
    'qwertyuiopasdfghjkl',
    'change-me-change-me',
    'my-secret-admin-token',
    'larder-admin-password-1234',
  ])('refuses the admin token %s, which can be guessed', (token) => {
    const [problem] = problems({}, { LARDER_ADMIN_TOKEN: token });
    expect(problem).toContain('invalid LARDER_ADMIN_TOKEN (not shown): got one that can be guessed');
  });

  it.each(['3f9a0c51b7e24d8896aa10cfe2d4b763', 'a-short-admin-token', '8431905527718264', 'open-sesame-4711-4712'])(
    'accepts the admin token %s',
    (token) => expect(problems({}, { LARDER_ADMIN_TOKEN: token })).toEqual([]),
  );

  it('accepts an admin token that is hard to guess, or none', () => {
    expect(problems({}, { LARDER_ADMIN_TOKEN: 'sixteen-letters!' })).toEqual([]);
    expect(problems({}, { LARDER_ADMIN_TOKEN: '' })).toEqual([]);
  });

  it('suggests a known name for an unknown one', () => {
    expect(problems({ defualtTtl: 1 }, { LARDER_DEFUALT_TTL: '5m', LARDER_TEST_REDIS: 'x', OTHER: 'y' })).toEqual([
      'unknown option defualtTtl of Larder; did you mean defaultTtl?',
      'unknown environment variable LARDER_DEFUALT_TTL; did you mean LARDER_DEFAULT_TTL?',
    ]);
    const misspelt = problems({}, { LARDER_ADMIN_TOKN: 'do-not-show-this', LARDER_REDIS_URI: 'redis://:hush@host' });
    expect(misspelt).toEqual([
      'unknown environment variable LARDER_ADMIN_TOKN; did you mean LARDER_ADMIN_TOKEN?',
      'unknown environment variable LARDER_REDIS_URI; did you mean LARDER_REDIS_URL?',
    ]);
    expect(problems({}, { LARDER_ZZZZZZZZZZZZZZZZZZZZ: '1' })[0]).toContain('there are LARDER_DEFAULT_TTL');
  });

  it.each([
    ['LARDER_REDIS_DEADLINE', '; it is LARDER_REDIS_TIMEOUT now'],
    ['LARDER_CHANGE_FEED_KEEP_FOR', '; it is LARDER_CHANGE_FEED_RETENTION now'],
    ['LARDER_REFRESH_MIN_HITS', '; it was removed'],
  ])('names the successor of %s, a variable of pre-releases', (variable, advice) => {
    expect(problems({}, { [variable]: '1' })).toEqual([`unknown environment variable ${variable}${advice}`]);
  });

  it('checks the options and variables of the change feed and of live queries too', () => {
    const options = {
      jitter: 2,
      realtime: { interval: 0, intervall: 1, origins: ['shop'] },
      changeFeed: { rules: [] },
    };
    expect(
      problems(options, { LARDER_CHANGE_FEED_TIMEOUT: '1ms', LARDER_JOBS: 'maybe', DATABASE_URL: 'mysql://h' }),
    ).toEqual([
      'invalid option jitter: got 2, expected a fraction from 0 to 1',
      "invalid LARDER_JOBS: got 'maybe', expected on or off (true or false, yes or no, 1 or 0)",
      "invalid LARDER_CHANGE_FEED_TIMEOUT: got '1ms', expected milliseconds or a duration from '100ms' to '5m'",
      'invalid DATABASE_URL (not shown): expected a URL such as postgres://user:password@localhost:5432/shop',
      'The option changeFeed.rules is empty; set it to a list of what onTable() makes, with at least one rule',
      'unknown option intervall of realtime; did you mean interval?',
      "invalid option realtime.interval: got 0, expected milliseconds above zero or a duration such as '1s'",
      "invalid option realtime.origins: got 'shop', expected '*' or a list of origins such as 'https://app.example.com'",
    ]);
    expect(problems({}, { LARDER_CHANGE_FEED_WAKE: 'never' })).toEqual([
      "invalid LARDER_CHANGE_FEED_WAKE: got 'never', expected 'notify' or 'poll'",
    ]);
  });

  it('accepts `false`, and `off` in the variable, for no Redis, also in production', () => {
    const production = { NODE_ENV: 'production' };
    expect(toSettings({ redis: false }, production)).toMatchObject({ redis: undefined, isRedisOff: true });
    const off = { ...production, LARDER_REDIS_URL: 'off' };
    expect(toSettings({}, off)).toMatchObject({ redis: undefined, isRedisOff: true, needsRedis: false });
    expect(toSettings({ redis: false }, { LARDER_REDIS_URL: 'redis://host' }).redis).toBeUndefined();
    expect(problems({}, production)).toHaveLength(1);
  });

  it.each([
    ['larder-redis', 'LARDER_REDIS'],
    ['larder', 'LARDER'],
    ['larder-redis-url', 'LARDER_REDIS_URL'],
  ])('ignores the variables that Kubernetes injects for a service named %s', (_, service) => {
    const injected = {
      [`${service}_SERVICE_HOST`]: '10.0.0.11',
      [`${service}_SERVICE_PORT`]: '6379',
      [`${service}_SERVICE_PORT_REDIS`]: '6379',
      [`${service}_PORT`]: 'tcp://10.0.0.11:6379',
      [`${service}_PORT_6379_TCP`]: 'tcp://10.0.0.11:6379',
      [`${service}_PORT_6379_TCP_PROTO`]: 'tcp',
      [`${service}_PORT_6379_TCP_PORT`]: '6379',
      [`${service}_PORT_6379_TCP_ADDR`]: '10.0.0.11',
    };
    expect(problems({}, injected)).toEqual([]);
    expect(problems({}, { LARDER_REDIS_PORT: '6379' })).toHaveLength(1);
  });

  it.each([
    ['redis', null, 'invalid option redis: got null'],
    ['redis', 6379, 'invalid option redis: got a number'],
    ['redis', true, 'invalid option redis: got a boolean'],
    ['redis', { cluster: [] }, 'invalid option redis.cluster: got no node'],
    ['redis', { cluster: 'host' }, 'invalid option redis.cluster: got no node'],
    ['keyPrefix', 5, 'invalid option keyPrefix: got 5'],
    ['identify', 'user', 'invalid option identify: got a text, expected a function'],
    ['onEvent', {}, 'invalid option onEvent: got an object, expected a function'],
    ['clock', Date, 'invalid option clock: got a function, expected a clock'],
    ['tier', new Map(), 'invalid option tier: got an object, expected a tier'],
    ['leases', 'none', 'invalid option leases: got a text'],
    ['journal', {}, 'invalid option journal: got an object'],
    ['changeFeed', 'on', 'invalid option changeFeed: got a text'],
    ['simulations', 'all', 'invalid option simulations: got a text, expected a list of names'],
    ['realtime', 1, 'invalid option realtime: got a number'],
    ['defaultTtl', Object.create(null), 'invalid option defaultTtl: got an object'],
  ])('refuses an invalid value of the option %s', (name, value, problem) => {
    expect(problems({ [name]: value }).join()).toContain(problem);
  });

  it.each<[unknown]>([[null], ['redis://host'], [[]], [5]])('refuses %p as options', (options) => {
    expect(problems(options as object)).toHaveLength(1);
  });
});

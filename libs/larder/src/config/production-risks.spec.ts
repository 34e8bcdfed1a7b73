import { describe, expect, it } from '@jest/globals';
import { parseFlags } from '../flags/parse-flags.js';
import { risksOfEndpoint, risksOfFlags, risksOfServer, risksOfToken } from './production-risks.js';

const server = (policy: string, maxmemory: string) => ({
  call: async () => Buffer.from(`# Memory\r\nmaxmemory:${maxmemory}\r\nmaxmemory_policy:${policy}\r\n`),
});

describe('a risk in production', () => {
  it('is every simulation that is on, and broadcasting', () => {
    const env = { NODE_ENV: 'production', ENABLE_SIMULATION: 'on', BACKGROUND_BROADCASTING: 'on' };
    const { flags } = parseFlags({ ...env, SIMULATION_FEATURE_FLAG: 'dojo-status' }, ['dojo-status', 'game-events']);
    expect(risksOfFlags(flags)).toEqual(['BACKGROUND_BROADCASTING is on', 'simulation:dojo-status is on']);
  });

  it.each([
    ['short', 'LARDER_ADMIN_TOKEN has 5 characters; it should have 32 or more'],
    ['Change-Me', 'LARDER_ADMIN_TOKEN is a well-known example; use a random one'],
  ])('is the admin token %s', (token, risk) => {
    expect(risksOfToken(token)).toEqual([risk]);
  });

  it('is not a long admin token, or none', () => {
    expect([risksOfToken('e'.repeat(32)), risksOfToken(undefined)]).toEqual([[], []]);
  });

  it.each(['8.8.8.8', '2001:4860:4860::8888'])('is a Redis without a password at %s', async (host) => {
    expect(await risksOfEndpoint({ hosts: [host], password: undefined })).toEqual([
      `Redis at the public address ${host} has no password`,
    ]);
    expect(await risksOfEndpoint({ hosts: [host], password: 'x8Jq-4711-zz' })).toEqual([]);
  });

  it.each(['127.0.0.1', '10.1.2.3', '192.168.0.9', '::1', 'fd00::1', 'localhost', 'no-such-host.invalid'])(
    'is not a Redis without a password at %s',
    async (host) => {
      expect(await risksOfEndpoint({ hosts: [host], password: undefined })).toEqual([]);
    },
  );

  it('is a password from an example', async () => {
    expect(await risksOfEndpoint({ hosts: ['10.1.2.3'], password: 'secret' })).toHaveLength(1);
  });

  it('is an eviction policy that can drop the version table', async () => {
    expect(await risksOfServer(server('allkeys-lru', '1048576'))).toEqual([expect.stringContaining('allkeys-lru')]);
    expect(await risksOfServer(server('volatile-lru', '1048576'))).toEqual([]);
    expect(await risksOfServer(server('allkeys-lru', '0'))).toEqual([]);
  });
});

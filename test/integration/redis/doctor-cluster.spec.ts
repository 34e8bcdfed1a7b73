import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { diagnose } from '../../../libs/larder/src/cli/doctor/run.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const ARGS = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '1000'];
const FITTING = { peers: {}, versionOf: () => undefined, node: '22.1.0' };

let first: RedisServer;
let second: RedisServer;

beforeAll(async () => {
  [first, second] = await Promise.all([RedisServer.start({ args: ARGS }), RedisServer.start({ args: ARGS })]);
  await first.command('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await second.command('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
  await first.command('CLUSTER', 'MEET', '127.0.0.1', String(second.port));
  await until(async () => {
    const states = await Promise.all([first, second].map((server) => server.command('CLUSTER', 'INFO')));
    return states.every((info) => /cluster_state:ok/.test(String(info)));
  }, 20_000);
});

afterAll(() => Promise.all([first.stop(), second.stop()]));

async function findingsAt(scheme: string): Promise<readonly string[]> {
  const findings = await diagnose({ LARDER_REDIS_URL: `${scheme}://127.0.0.1:${first.port}` }, FITTING);
  return findings
    .filter(({ area, text }) => area === 'redis' && !text.startsWith('A round trip'))
    .map(({ level, text, remedy = '' }) => `${level} ${text} → ${remedy}`);
}

describe('nest-larder doctor on a cluster', () => {
  it('finds nothing wrong with a whole cluster', async () => {
    expect(await findingsAt('redis+cluster')).toEqual([
      expect.stringMatching(/^ok Redis is version/),
      expect.stringMatching(/^ok Each of the 16384 hash slots of the cluster has a master/),
    ]);
  });

  it('names an address that takes a node for a single server', async () => {
    expect(await findingsAt('redis')).toContainEqual(
      expect.stringMatching(/^problem The server is a node of a Redis Cluster.*→ Write the address as redis\+cluster:/),
    );
  });

  it('names hash slots without a master', async () => {
    for (const server of [first, second]) {
      await server.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
      await server.command('CLUSTER', 'DELSLOTSRANGE', '0', '9');
    }
    try {
      expect(await findingsAt('redis+cluster')).toContainEqual(
        expect.stringMatching(
          /^problem 10 of the 16384 hash slots of the cluster have no master.*→ Start the missing nodes/,
        ),
      );
    } finally {
      await first.command('CLUSTER', 'ADDSLOTSRANGE', '0', '9');
    }
  });
});

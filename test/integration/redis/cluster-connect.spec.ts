import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { openIoredis } from '../../../libs/larder/src/redis/client/ioredis.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

const LAST_SLOT = '16383';

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] });
  await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', LAST_SLOT);
});
afterAll(() => server.stop());

async function stateIs(state: 'ok' | 'fail'): Promise<void> {
  await until(async () => String(await server.command('CLUSTER', 'INFO')).includes(`cluster_state:${state}`));
}

it.each([
  ['an address', () => `redis+cluster://127.0.0.1:${server.port}`],
  ['a client of the application', () => new Cluster([{ port: server.port }], { lazyConnect: true })],
])(
  'a duplicate settles its connect() while the cluster is incomplete, and connects when it is complete: %s',
  async (_, address) => {
    await stateIs('ok');
    const redis = await openIoredis(address(), 1000);
    const duplicate = (redis.client as Cluster).duplicate([], { lazyConnect: true });
    duplicate.on('error', () => {});
    try {
      await server.command('CLUSTER', 'DELSLOTS', LAST_SLOT);
      await stateIs('fail');
      await expect(duplicate.connect()).rejects.toThrow('closed before it was ready');
      await server.command('CLUSTER', 'ADDSLOTS', LAST_SLOT);
      await until(() => duplicate.status === 'ready');
      duplicate.disconnect();
      await until(() => duplicate.status === 'end');
      await duplicate.connect();
      expect(await duplicate.get('key')).toBeNull();
    } finally {
      duplicate.disconnect();
      redis.close();
    }
  },
);

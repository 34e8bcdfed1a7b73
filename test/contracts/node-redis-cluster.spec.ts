import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { openRedis } from '../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../libs/larder/src/redis/redis-client.js';
import { RedisCluster } from '../support/servers/redis-cluster.js';
import { until } from '../support/until.js';
import { redisContracts } from './redis-contract.js';

const TIMEOUT = 2000;

describe('node-redis on a cluster', () => {
  let cluster: RedisCluster;
  let opened: RedisClient[] = [];

  beforeAll(async () => {
    cluster = await RedisCluster.start();
  }, 60_000);
  afterEach(() => {
    for (const client of opened) client.close();
    opened = [];
  });
  afterAll(() => cluster.stop());

  redisContracts(async () => {
    const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`);
    const client = new RedisClient(await openRedis(`redis+cluster://${nodes}?client=node-redis`, TIMEOUT), TIMEOUT);
    opened.push(client);
    await until(() => client.status === 'ready');
    return client;
  });
});

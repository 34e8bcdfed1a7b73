import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openRedis } from '../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../libs/larder/src/redis/redis-client.js';
import { RedisServer } from '../support/servers/redis-server.js';
import { until } from '../support/until.js';
import { redisContracts } from './redis-contract.js';

const TIMEOUT = 2000;
let opened: RedisClient[] = [];

afterEach(() => {
  for (const client of opened) client.close();
  opened = [];
});

async function connect(url: string): Promise<RedisClient> {
  const client = new RedisClient(await openRedis(`${url}?client=node-redis`, TIMEOUT), TIMEOUT);
  opened.push(client);
  await until(() => client.status === 'ready');
  return client;
}

describe('node-redis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  redisContracts(() => connect(server.url));

  it('gives buffers, numbers, nulls and lists as replies, and names error replies', async () => {
    const client = await connect(server.url);
    const bytes = Buffer.from([0, 13, 10, 255, 128, 36]);
    expect(await client.call('SET', 'bytes', bytes)).toEqual(Buffer.from('OK'));
    expect(await client.call('get', 'bytes')).toEqual(bytes);
    expect(await client.call('MGET', 'bytes', 'none')).toEqual([bytes, null]);
    expect(await client.call('STRLEN', 'bytes')).toBe(6);
    expect(await client.call('EVAL', "return {1, false, {'a'}, redis.status_reply('b')}", 0)).toEqual([
      1,
      null,
      [Buffer.from('a')],
      Buffer.from('b'),
    ]);
    await client.call('XADD', 'stream', '1-1', 'field', bytes);
    expect(await client.call('XREAD', 'COUNT', 1, 'STREAMS', 'stream', '0')).toEqual([
      [Buffer.from('stream'), [[Buffer.from('1-1'), [Buffer.from('field'), bytes]]]],
    ]);
    const reply = { name: 'ReplyError', message: expect.stringMatching(/^WRONGTYPE /) };
    await expect(client.call('HGET', 'bytes', 'a')).rejects.toMatchObject(reply);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openRedis } from '../../libs/larder/src/redis/connect.js';
import { RedisClient } from '../../libs/larder/src/redis/redis-client.js';
import { type ContractServer, contractServer } from '../support/servers/contract-server.js';
import { until } from '../support/until.js';
import { redisContracts } from './redis-contract.js';

const TIMEOUT = 2000;
let opened: RedisClient[] = [];

afterEach(() => {
  for (const client of opened) client.close();
  opened = [];
});

async function connect(url: string): Promise<RedisClient> {
  const address = new URL(url);
  address.searchParams.set('client', 'node-redis');
  const client = new RedisClient(await openRedis(address.href, TIMEOUT), TIMEOUT);
  opened.push(client);
  await until(() => client.status === 'ready');
  return client;
}

describe('node-redis', () => {
  let server: ContractServer;

  beforeAll(async () => {
    server = await contractServer();
  });
  afterAll(() => server.stop());

  redisContracts(() => connect(server.url));

  it('gives buffers, numbers, nulls and lists as replies, and names error replies', async () => {
    const client = await connect(server.url);
    const [name, stream] = [randomUUID(), randomUUID()];
    const bytes = Buffer.from([0, 13, 10, 255, 128, 36]);
    expect(await client.call('SET', name, bytes)).toEqual(Buffer.from('OK'));
    expect(await client.call('get', name)).toEqual(bytes);
    expect(await client.call('MGET', name, `${name}:none`)).toEqual([bytes, null]);
    expect(await client.call('STRLEN', name)).toBe(6);
    expect(await client.call('EVAL', "return {1, false, {'a'}, redis.status_reply('b')}", 0)).toEqual([
      1,
      null,
      [Buffer.from('a')],
      Buffer.from('b'),
    ]);
    await client.call('XADD', stream, '1-1', 'field', bytes);
    expect(await client.call('XREAD', 'COUNT', 1, 'STREAMS', stream, '0')).toEqual([
      [Buffer.from(stream), [[Buffer.from('1-1'), [Buffer.from('field'), bytes]]]],
    ]);
    const reply = { name: 'ReplyError', message: expect.stringMatching(/^WRONGTYPE /) };
    await expect(client.call('HGET', name, 'a')).rejects.toMatchObject(reply);
  });
});

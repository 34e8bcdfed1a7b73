import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisServer } from './redis-server.js';

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

it('answers', async () => {
  expect(await server.command('PING')).toBe('PONG');
});

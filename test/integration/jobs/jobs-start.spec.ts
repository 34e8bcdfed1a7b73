import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Job } from '../../../libs/larder/src/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

@Injectable()
class Ticking {
  runs = 0;

  @Job({ name: 'tick', every: '100ms' })
  tick(): void {
    this.runs++;
  }
}

const INFO = '$4\r\ninfo\r\n';
/** BullMQ uses two connections of a process. */
const CUTS = 2;

const apps = new NestApplications();
let redis: RedisServer;
let network: Server;
let cuts: number;

beforeAll(async () => {
  redis = await RedisServer.start();
});
beforeEach(async () => {
  cuts = 0;
  network = createServer(pass).listen(0, '127.0.0.1');
  await once(network, 'listening');
});
afterEach(async () => {
  await apps.close();
  network.close();
});
afterAll(() => redis.stop());

/** Cuts a connection that asks for INFO again: the client asks when it connects, and then BullMQ does. */
function pass(client: Socket): void {
  const server = createConnection(redis.port, '127.0.0.1');
  let asked = 0;
  client.on('data', (data) => {
    asked += data.toString('latin1').split(INFO).length - 1;
    if (asked < 2 || cuts === CUTS) return void server.write(data);
    cuts++;
    client.destroy();
  });
  server.on('data', (data) => client.write(data));
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('close', () => other.destroy());
    one.on('error', () => {});
  }
}

it('jobs run although a connection is lost at the first command of BullMQ', async () => {
  const { port } = network.address() as AddressInfo;
  const { app } = await apps.start({ providers: [Ticking] }, { larder: { redis: `redis://127.0.0.1:${port}` } });
  await until(() => app.get(Ticking).runs > 1);
  expect(cuts).toBe(CUTS);
});

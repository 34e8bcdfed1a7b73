import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { Redis } from 'ioredis';
import { io, type Socket } from 'socket.io-client';
import { RedisIoAdapter, type RedisIoAdapterOptions } from '../../../libs/larder/src/realtime/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

@WebSocketGateway()
class Gateway {
  @WebSocketServer()
  readonly server: { emit(event: string, payload: unknown): unknown };
}

const ADAPTERS = ['classic', 'sharded', 'streams'] as const;
/** Every type of message that an adapter knows, and some unknown ones, without their required fields. */
const MALFORMED = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99, 'x', null].flatMap((type) => [
  { type, uid: 'stranger', nsp: '/', opts: null },
  { type, uid: 'stranger', nsp: '/', requestId: 'r', data: null },
  {
    type,
    uid: 'stranger',
    nsp: '/',
    requestId: 'r',
    opts: { rooms: 5, except: {} },
    data: { opts: null, packet: null },
  },
  { type, uid: 'stranger', nsp: '/', data: { requestId: 'r', opts: { rooms: ['none'], except: [] } } },
]);

describe('sockets on a Redis shared with other programs', () => {
  const apps = new NestApplications();
  const sockets: Socket[] = [];
  let redis: RedisServer;
  let stranger: Redis;

  beforeAll(async () => {
    redis = await RedisServer.start();
    stranger = new Redis(redis.port);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    await apps.close();
    await redis.command('FLUSHALL');
  });
  afterAll(async () => {
    stranger.disconnect();
    await redis.stop();
  });

  async function node(options: RedisIoAdapterOptions, database = 0) {
    let adapter: RedisIoAdapter | undefined;
    const { app, url } = await apps.start(
      { providers: [Gateway] },
      {
        larder: { redis: `${redis.url}/${database}`, redisTimeout: '1s' },
        prepare: async (app) => {
          adapter = await RedisIoAdapter.create(app, options);
          app.useWebSocketAdapter(adapter);
        },
      },
    );
    return { url, server: app.get(Gateway).server, stats: () => (adapter as RedisIoAdapter).stats };
  }

  function listen(url: string): unknown[] {
    const socket = io(url, { transports: ['websocket'] });
    sockets.push(socket);
    const heard: unknown[] = [];
    socket.on('said', (payload) => heard.push(payload));
    return heard;
  }

  /** Broadcasts until a client receives it; returns what clients received so far. */
  async function untilHeard(from: Gateway['server'], heard: unknown[]): Promise<void> {
    await until(() => {
      from.emit('said', 'hello');
      return heard.length > 0;
    });
  }

  it.each(ADAPTERS)('survive malformed messages, and count them: %s', async (adapter) => {
    const [one, other] = [await node({ adapter }), await node({ adapter })];
    const heard = listen(other.url);
    await untilHeard(one.server, heard);
    for (const message of MALFORMED) await sendAsStranger(adapter, message);
    await until(() => other.stats().malformed > 0);
    heard.length = 0;
    one.server.emit('said', 'after');
    await until(() => heard.includes('after'));
  });

  /** Publishes on every channel that nodes subscribe to, and in the stream. */
  async function sendAsStranger(adapter: (typeof ADAPTERS)[number], message: object): Promise<void> {
    const text = JSON.stringify(message);
    if (adapter === 'streams') {
      const data = JSON.stringify('data' in message && message.data !== null ? message.data : { opts: null });
      const type = String((message as { type: unknown }).type);
      await stranger.xadd('larder:sockets', '*', 'uid', 'stranger', 'nsp', '/', 'type', type, 'data', data);
    }
    const channels = (await stranger.pubsub('CHANNELS', 'larder:sockets*')) as string[];
    const sharded = (await stranger.call('PUBSUB', 'SHARDCHANNELS', 'larder:sockets*')) as string[];
    await stranger.publish('larder:sockets#/#', text);
    for (const channel of channels) await stranger.publish(channel, text);
    for (const channel of sharded) await stranger.call('SPUBLISH', channel, text);
  }

  it.each(ADAPTERS)('receive nothing from nodes on another database: %s', async (adapter) => {
    const [staging, production] = [await node({ adapter }, 0), await node({ adapter }, 1)];
    const beside = await node({ adapter }, 1);
    const heard = listen(production.url);
    await untilHeard(beside.server, heard);
    heard.length = 0;
    staging.server.emit('said', 'from staging');
    beside.server.emit('said', 'from production');
    await until(() => heard.includes('from production'));
    expect(heard).not.toContain('from staging');
  });

  it('keep messages for other nodes while Redis is down, in order: streams', async () => {
    const [one, other] = [await node({ adapter: 'streams' }), await node({ adapter: 'streams' })];
    const heard = listen(other.url);
    await untilHeard(one.server, heard);
    // A killed Redis loses messages that the other node has not read yet.
    one.server.emit('said', 'the last before');
    await until(() => heard.includes('the last before'));
    heard.length = 0;
    let sent = 0;
    const say = (what: string | number) => {
      one.server.emit('said', what);
      sent++;
    };
    const { lost } = one.stats();
    await redis.kill();
    await until(() => {
      say('away');
      return one.stats().waiting > 0;
    });
    const early = sent;
    const numbers = Array.from({ length: 500 }, (_, number) => number);
    for (const number of numbers) say(number);
    await redis.restart();
    await until(() => heard.includes(499) && one.stats().waiting === 0);
    const got = heard.filter((payload) => typeof payload === 'number');
    expect(got).toEqual(numbers.slice(numbers.length - got.length));
    // The messages in flight when the connection broke are missing from the start, as many as were counted.
    expect(numbers.length - got.length).toBeLessThanOrEqual(3);
    const missing = one.stats().lost - lost;
    expect(sent - heard.length).toBeLessThanOrEqual(missing);
    expect(missing).toBeLessThanOrEqual(early + 3);
  });
});

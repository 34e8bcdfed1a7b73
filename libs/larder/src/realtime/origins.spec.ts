import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { io, type Socket } from 'socket.io-client';
import { Cacheable, LarderModule } from '../index.js';
import { type Origins, RedisIoAdapter, type RedisIoAdapterOptions } from './index.js';
import { isAllowedOrigin } from './live-queries/origins.js';

@Controller('inbox')
class Inbox {
  @Get()
  @Cacheable({ key: () => ['inbox'], scope: 'shared' })
  async show() {
    return { messages: [] };
  }
}

@WebSocketGateway()
class Own {
  @SubscribeMessage('ping')
  ping() {
    return 'pong';
  }
}

const closing: (() => unknown)[] = [];
let url: string;

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(adapter: 'RedisIoAdapter' | 'IoAdapter', origins?: Origins, own: RedisIoAdapterOptions = {}) {
  const realtime = origins === undefined ? true : { origins };
  @Module({ imports: [LarderModule.forRoot({ realtime })], controllers: [Inbox], providers: [Own] as Type<unknown>[] })
  class App {}
  const app = await NestFactory.create(App, { logger: false, abortOnError: false });
  closing.push(() => app.close());
  app.useWebSocketAdapter(adapter === 'IoAdapter' ? new IoAdapter(app) : await RedisIoAdapter.create(app, own));
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
}

/** Opens a socket as a page of an origin does, with its visitor's cookie. */
async function open(namespace: string, origin: string | undefined, transport: 'websocket' | 'polling' = 'websocket') {
  const extraHeaders = { cookie: 'session=victim', ...(origin !== undefined && { origin }) };
  const socket: Socket = io(url + namespace, {
    transports: [transport],
    forceNew: true,
    reconnection: false,
    extraHeaders,
  });
  closing.push(() => socket.disconnect());
  return new Promise<'connected' | 'refused'>((resolve) => {
    socket.on('connect', () => resolve('connected'));
    socket.on('connect_error', () => resolve('refused'));
  });
}

describe.each(['RedisIoAdapter', 'IoAdapter'] as const)('live queries served by %s', (adapter) => {
  it('refuse pages of other origins, and allow the same host and clients without an origin', async () => {
    await start(adapter);
    const { host, port } = new URL(url);
    for (const foreign of ['https://evil.example', `http://evil.example:${port}`, 'null', 'file://']) {
      expect([foreign, await open('/live', foreign)]).toEqual([foreign, 'refused']);
    }
    for (const own of [`http://${host}`, `https://${host}`, undefined]) {
      expect([own, await open('/live', own)]).toEqual([own, 'connected']);
    }
  });

  it('allow the origins of the option, or all with `*`', async () => {
    await start(adapter, ['https://app.example']);
    expect(await open('/live', 'https://app.example')).toBe('connected');
    expect(await open('/live', 'https://app.example.evil.example')).toBe('refused');
    expect(await open('/live', 'http://app.example')).toBe('refused');
    await start(adapter, '*');
    expect(await open('/live', 'https://anywhere.example')).toBe('connected');
  });
});

describe('other sockets of RedisIoAdapter', () => {
  it.each(['websocket', 'polling'] as const)('refuse pages of other origins too, by %s', async (transport) => {
    await start('RedisIoAdapter');
    expect(await open('/', 'https://evil.example', transport)).toBe('refused');
    expect(await open('/', url, transport)).toBe('connected');
  });

  it('use the `origins` of the adapter, then the `allowRequest` of the application', async () => {
    const asked: (string | undefined)[] = [];
    await start('RedisIoAdapter', ['https://live.example'], {
      origins: ['https://app.example'],
      server: {
        allowRequest: ({ headers }, callback) => {
          asked.push(headers.origin);
          callback(null, headers.origin !== undefined);
        },
      },
    });
    expect(await open('/', 'https://app.example')).toBe('connected');
    expect(await open('/', 'https://live.example')).toBe('refused');
    expect(await open('/', undefined)).toBe('refused');
    expect(asked).toEqual(['https://app.example', undefined]);
  });
});

describe('an invalid origin', () => {
  beforeEach(() => start('RedisIoAdapter'));

  it.each([['app.example'], ['https://app.example/'], [7]])('%s fails the start', async (origin) => {
    const origins = [origin] as never;
    await expect(start('IoAdapter', origins)).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
    await expect(start('RedisIoAdapter', [], { origins })).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
  });
});

describe('isAllowedOrigin', () => {
  it.each([
    ['https://a.example', 'a.example', true],
    ['https://a.example', 'a.example:443', true],
    ['http://a.example', 'a.example:80', true],
    ['https://a.example:8443', 'a.example:8443', true],
    ['https://a.example', 'a.example:8443', false],
    ['https://b.a.example', 'a.example', false],
    ['http://[::1]:3000', '[::1]:3000', true],
    ['https://a.example', undefined, false],
    ['https://a.example', 'a b', false],
  ])('for the origin %s on the host %s is %s', (origin, host, expected) => {
    expect(isAllowedOrigin({ origin, ...(host !== undefined && { host }) }, [])).toBe(expected);
  });
});

import 'reflect-metadata';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LarderModule } from 'nest-larder';
import { Broadcaster, RedisIoAdapter } from 'nest-larder/realtime';
import { io, type Socket } from 'socket.io-client';
import type { SocketNews, SocketOrder, Tally } from './socket-node-messages.js';

interface Announcements {
  announcement(number: number): void;
}

let app: INestApplication | undefined;
let sockets: Socket[] = [];
let heard: Uint8Array[] = [];

/** A small application, and clients that it serves. */
async function open({ redis, adapter, clients, announcements }: SocketOrder & { type: 'open' }): Promise<void> {
  @Module({ imports: [LarderModule.forRoot({ redis })], providers: [Broadcaster] })
  class App {}
  app = await NestFactory.create(App, { logger: ['error', 'warn'] });
  app.useWebSocketAdapter(await RedisIoAdapter.create(app, { adapter }));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  heard = Array.from({ length: clients }, () => new Uint8Array(announcements));
  sockets = heard.map((counts) => {
    const socket = io(url, { transports: ['websocket'], forceNew: true });
    return socket.on('announcement', (number: number) => {
      counts[number] = (counts[number] ?? 0) + 1;
    });
  });
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.once('connect', resolve))));
}

async function close(): Promise<void> {
  for (const socket of sockets) socket.disconnect();
  await app?.close();
}

function tally(): Tally {
  const numbers = Array.from({ length: heard[0]?.length ?? 0 }, (_, number) => number);
  return {
    least: numbers.map((number) => Math.min(...heard.map((counts) => counts[number] as number))),
    most: numbers.map((number) => Math.max(...heard.map((counts) => counts[number] as number))),
  };
}

async function obey(order: SocketOrder): Promise<Tally | undefined> {
  switch (order.type) {
    case 'open':
      await open(order);
      return undefined;
    case 'announce':
      app?.get<Broadcaster<Announcements>>(Broadcaster).all().emit('announcement', order.number);
      return undefined;
    case 'tally':
      return tally();
    default:
      await close();
      return undefined;
  }
}

process.on('disconnect', () => process.exit());
process.on('message', async ({ order, number }: { order: SocketOrder; number: number }) => {
  const news: SocketNews = { order: number, tally: await obey(order) };
  process.send?.(news);
});

import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { Cache, Cacheable, LarderModule } from 'nest-larder';
import { RedisIoAdapter } from 'nest-larder/realtime';

// The compared server, in a process of its own: `live` and `room` tell all subscribers once, `time` is the processor time.

@Controller('list')
class Lists {
  @Get()
  @Cacheable({ key: () => ['list'], ttl: '5m', scope: 'shared' })
  async list(): Promise<{ items: number }> {
    return { items: 1 };
  }
}

/** What a gateway without live queries does: it emits to all of its sockets. */
@WebSocketGateway({ namespace: '/room' })
class Room {
  @WebSocketServer() readonly sockets!: { emit(event: string, body: object): void };
}

@Module({
  imports: [LarderModule.forRoot({ realtime: { interval: '1ms' } })],
  controllers: [Lists],
  providers: [Room],
})
class App {}

const app = await NestFactory.create(App, { logger: false });
app.useWebSocketAdapter(await RedisIoAdapter.create(app, {}));
await app.listen(0, '127.0.0.1');
const [cache, room] = [app.get(Cache), app.get(Room)];
process.on('message', async (message) => {
  if (message === 'live') await cache.invalidate(['list']);
  if (message === 'room') room.sockets.emit('invalidated', { id: 'list' });
  if (message !== 'time') return;
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.send?.((app.getHttpServer().address() as AddressInfo).port);

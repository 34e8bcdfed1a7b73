import { afterEach, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { io, type Socket } from 'socket.io-client';
import { RedisIoAdapter } from '../../../libs/larder/src/realtime/index.js';
import { NestApplications } from '../../support/nest-application.js';
import { until } from '../../support/until.js';

const TOKEN = '6f0b3c1e9a7d42588e21bb07';

/** Sockets join the rooms that they name. */
class Joining {
  @SubscribeMessage('join')
  join(@ConnectedSocket() socket: { join(room: string): void }, @MessageBody() room: string): string {
    socket.join(room);
    return room;
  }
}

@WebSocketGateway()
class Lobby extends Joining {}

@WebSocketGateway({ namespace: 'chat' })
class Chat extends Joining {}

interface Rooms {
  readonly largest: readonly { readonly name: string; readonly sockets: number }[];
  readonly count: number;
  readonly isComplete: boolean;
}

const apps = new NestApplications();
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await apps.close();
});

async function join(url: string, room: string): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  sockets.push(socket);
  await socket.timeout(30_000).emitWithAck('join', room);
  return socket;
}

it('the dashboard names the rooms of all namespaces, the largest first', async () => {
  const { url } = await apps.start(
    { providers: [Lobby, Chat] },
    {
      larder: { redis: false, dashboard: { token: TOKEN } },
      prepare: async (app) => app.useWebSocketAdapter(await RedisIoAdapter.create(app)),
    },
  );
  const rooms = async (): Promise<Rooms> => {
    const answer = await fetch(`${url}/larder/api/work`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    return ((await answer.json()) as { sockets: { rooms: Rooms }[] }).sockets[0]?.rooms as Rooms;
  };
  expect(await rooms()).toEqual({ largest: [], count: 0, isComplete: true });
  const [first] = await Promise.all([join(url, 'game:7'), join(url, 'game:7'), join(url, 'game:8')]);
  for (let socket = 0; socket < 3; socket++) await join(`${url}/chat`, 'all');
  expect(await rooms()).toEqual({
    largest: [
      { namespace: '/chat', name: 'all', sockets: 3 },
      { namespace: '/', name: 'game:7', sockets: 2 },
      { namespace: '/', name: 'game:8', sockets: 1 },
    ],
    count: 3,
    isComplete: true,
  });
  first?.close();
  await until(async () => (await rooms()).largest.some(({ name, sockets }) => name === 'game:7' && sockets === 1));
  for (let room = 0; room < 30; room++) await first?.connect().timeout(30_000).emitWithAck('join', `many:${room}`);
  const many = await rooms();
  expect([many.largest.length, many.count]).toEqual([20, 33]);
}, 60_000);

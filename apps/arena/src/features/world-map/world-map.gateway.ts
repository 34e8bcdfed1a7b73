import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from '@nestjs/websockets';
import { encodePath, Flags } from 'nest-larder';
import type { z } from 'zod';
import { MessagePipe } from '../../platform/sockets/message.pipe.js';
import type { ArenaServer } from '../sign-in/sockets/arena-socket.js';
import { MapOutbox, mapRoom } from './map-outbox.js';
import { type MapSocket, Walkers } from './walkers.js';
import { dojosAt, playersAt, standingDojos } from './world.js';
import { enterMessage, type MapDojo, type MapPlayer, moveMessage, type Region } from './world-map.schemas.js';

/** The map of players and dojos: a socket watches one region, and may walk there. */
@WebSocketGateway()
export class WorldMapGateway implements OnGatewayDisconnect<MapSocket> {
  @WebSocketServer()
  private readonly server: ArenaServer;

  constructor(
    private readonly walkers: Walkers,
    private readonly outbox: MapOutbox,
    private readonly flags: Flags,
  ) {}

  /** @returns everything on the map of the region, including players on other processes */
  @SubscribeMessage('enter')
  async enter(
    @ConnectedSocket() socket: MapSocket,
    @MessageBody(new MessagePipe(enterMessage)) { region }: z.infer<typeof enterMessage>,
  ): Promise<{ players: MapPlayer[]; dojos: MapDojo[] }> {
    this.forget(socket);
    const before = socket.data.region;
    // Stored before the first await: of two concurrent messages the later one decides.
    socket.data.region = region;
    if (before !== undefined) await socket.leave(roomOf(before));
    if (socket.data.region === region) await socket.join(roomOf(region));
    const now = Date.now();
    const simulated = this.flags.isEnabled('simulation:player-movement') ? playersAt(region, now) : [];
    const walking = await this.walkers.in(this.server, roomOf(region));
    const dojos = this.flags.isEnabled('simulation:dojo-status') ? dojosAt(region, now) : standingDojos(region);
    return { players: [...simulated, ...walking], dojos };
  }

  @SubscribeMessage('move')
  move(
    @ConnectedSocket() socket: MapSocket,
    @MessageBody(new MessagePipe(moveMessage)) { x, y }: z.infer<typeof moveMessage>,
  ): void {
    const { region } = socket.data;
    if (region === undefined) {
      throw new WsException({ status: 'error', code: 'nowhere', message: 'Enter a region before you move.' });
    }
    this.outbox.add(region, { players: [this.walkers.moved(socket, x, y)] });
  }

  handleDisconnect(socket: MapSocket): void {
    this.forget(socket);
  }

  private forget(socket: MapSocket): void {
    const { region } = socket.data;
    if (this.walkers.left(socket) && region !== undefined) this.outbox.add(region, { gone: [socket.id] });
  }
}

function roomOf(region: Region): string {
  return encodePath(mapRoom(region));
}

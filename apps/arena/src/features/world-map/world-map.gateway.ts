import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { encodePath, Flags } from 'nest-larder';
import type { z } from 'zod';
import { MessagePipe } from '../../platform/sockets/message.pipe.js';
import type { ArenaSocket } from '../sign-in/sockets/arena-socket.js';
import { MapOutbox, mapRoom } from './map-outbox.js';
import { dojosAt, playersAt } from './world.js';
import { enterMessage, type MapDojo, type MapPlayer, moveMessage, type Region } from './world-map.schemas.js';

interface Walker extends MapPlayer {
  readonly region: Region;
}

/** Who is on the map: a socket that looks at a region. */
type MapSocket = ArenaSocket<{ region?: Region }>;

/** The map of players and dojos: a socket looks at one region, and may walk there. */
@WebSocketGateway()
export class WorldMapGateway implements OnGatewayDisconnect<MapSocket> {
  /** Those who walk, and are connected to this arena. */
  private readonly walkers = new Map<string, Walker>();

  constructor(
    private readonly outbox: MapOutbox,
    private readonly flags: Flags,
  ) {}

  /** @returns what is on the map of the region now, as far as this arena knows */
  @SubscribeMessage('enter')
  async enter(
    @ConnectedSocket() socket: MapSocket,
    @MessageBody(new MessagePipe(enterMessage)) { region }: z.infer<typeof enterMessage>,
  ): Promise<{ players: MapPlayer[]; dojos: MapDojo[] }> {
    this.forget(socket);
    const before = socket.data.region;
    // Noted before anything is waited for: of two messages at once the later one counts.
    socket.data.region = region;
    if (before !== undefined) await socket.leave(roomOf(before));
    if (socket.data.region === region) await socket.join(roomOf(region));
    const now = Date.now();
    const simulated = this.flags.isEnabled('simulation:player-movement') ? playersAt(region, now) : [];
    const walking = [...this.walkers.values()].filter((walker) => walker.region === region);
    return { players: [...simulated, ...walking], dojos: dojosAt(region, now) };
  }

  @SubscribeMessage('move')
  move(
    @ConnectedSocket() { id, data: { region, user } }: MapSocket,
    @MessageBody(new MessagePipe(moveMessage)) { x, y }: z.infer<typeof moveMessage>,
  ): void {
    if (region === undefined) {
      throw new WsException({ status: 'error', code: 'nowhere', message: 'Enter a region before you move.' });
    }
    const player = { id, name: user?.name ?? 'Guest', x, y };
    this.walkers.set(id, { ...player, region });
    this.outbox.add(region, { players: [player] });
  }

  handleDisconnect(socket: MapSocket): void {
    this.forget(socket);
  }

  private forget({ id }: MapSocket): void {
    const walker = this.walkers.get(id);
    if (walker === undefined) return;
    this.walkers.delete(id);
    this.outbox.add(walker.region, { gone: [id] });
  }
}

function roomOf(region: Region): string {
  return encodePath(mapRoom(region));
}

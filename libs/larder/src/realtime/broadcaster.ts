import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server } from 'socket.io';
import { encodePath, type Key } from '../keys/key.js';

/** Events by name, with their payloads. */
type Events<Given> = { [Name in keyof Given]: (...payload: never[]) => void };

/** The sockets that get an event. */
export interface Audience<ServerEvents extends Events<ServerEvents>> {
  /** Returns at once. While Redis is unavailable, sockets of other nodes miss the event; it is not resent. */
  emit<Name extends keyof ServerEvents & string>(event: Name, ...payload: Parameters<ServerEvents[Name]>): void;
}

/**
 * Sends events to the sockets of all nodes, from any provider. Keys name rooms, as they name cache entries. The type parameter
 * lists the events.
 *
 * @example
 * ```ts
 * interface LobbyEvents {
 *   joined(player: { id: string }): void;
 * }
 * function welcome(broadcaster: Broadcaster<LobbyEvents>): void {
 *   broadcaster.to(['lobby', 7]).emit('joined', { id: '42' });
 * }
 * ```
 */
@WebSocketGateway()
export class Broadcaster<ServerEvents extends Events<ServerEvents>> {
  @WebSocketServer()
  private readonly server: Server;

  /**
   * All sockets that are in at least one of these rooms; each gets the event once.
   *
   * @throws LarderKeyError if a room is not a valid key
   */
  to(...rooms: readonly Key[]): Audience<ServerEvents> {
    return this.server.to(rooms.map(encodePath)) as Audience<ServerEvents>;
  }

  /** All sockets. */
  all(): Audience<ServerEvents> {
    return this.server as Audience<ServerEvents>;
  }

  /** How many sockets this node serves. */
  get sockets(): number {
    return this.server.sockets.sockets.size;
  }
}

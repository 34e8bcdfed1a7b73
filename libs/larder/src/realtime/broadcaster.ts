import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server } from 'socket.io';
import { encodePath, type Key } from '../keys/key.js';

/** Events by name, with what is sent with each. */
type Events<Given> = { [Name in keyof Given]: (...payload: never[]) => void };

/** Whom an event is sent to. */
export interface Audience<ServerEvents extends Events<ServerEvents>> {
  /** Returns at once; what a node cannot be told while Redis is away is not sent to its sockets later. */
  emit<Name extends keyof ServerEvents & string>(event: Name, ...payload: Parameters<ServerEvents[Name]>): void;
}

/**
 * Sends events to the sockets of all nodes, from any provider. Rooms are named by keys, as entries of the cache are. Give it
 * to a module as a provider; its type parameter says which events there are.
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
   * Everybody in any of some rooms, once.
   *
   * @throws LarderKeyError for what is no key
   */
  to(...rooms: readonly Key[]): Audience<ServerEvents> {
    return this.server.to(rooms.map(encodePath)) as Audience<ServerEvents>;
  }

  /** Everybody. */
  all(): Audience<ServerEvents> {
    return this.server as Audience<ServerEvents>;
  }

  /** How many sockets this node serves. */
  get sockets(): number {
    return this.server.sockets.sockets.size;
  }
}

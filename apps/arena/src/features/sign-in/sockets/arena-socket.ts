import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { User } from '../users/user.js';

/** The user of a socket. */
interface SocketState {
  /** Undefined for a guest. */
  user?: User;
  /** When the token expires, in milliseconds since the epoch. */
  expiresAt?: number;
}

/** @typeParam State fields that a feature keeps with the socket */
export type ArenaSocket<State = unknown> = Socket<
  DefaultEventsMap,
  DefaultEventsMap,
  DefaultEventsMap,
  SocketState & State
>;
export type ArenaServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketState>;

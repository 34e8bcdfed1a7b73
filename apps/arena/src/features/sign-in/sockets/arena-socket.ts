import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { User } from '../users/user.js';

/** What arena knows of whoever is at the other end. */
interface SocketState {
  /** Nobody, if they did not sign in. */
  user?: User;
  /** Until when they are signed in, in milliseconds since the epoch. */
  expiresAt?: number;
}

/** @typeParam State what a feature keeps with the socket besides */
export type ArenaSocket<State = unknown> = Socket<
  DefaultEventsMap,
  DefaultEventsMap,
  DefaultEventsMap,
  SocketState & State
>;
export type ArenaServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketState>;

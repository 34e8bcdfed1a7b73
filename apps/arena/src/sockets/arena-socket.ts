import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { User } from '../sign-in/user.js';
import type { Region } from '../world-map/world-map.schemas.js';
import type { ServerEvents } from './server-events.js';

/** What arena knows of whoever is at the other end. */
interface SocketState {
  /** Nobody, if they did not sign in. */
  user?: User;
  /** Whose map they look at. */
  region?: Region;
}

export type ArenaSocket = Socket<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketState>;
export type ArenaServer = Server<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketState>;

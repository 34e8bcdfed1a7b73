import { RELEASE } from '../base/package/copies.js';

/** The token of {@link SocketRooms}, the same in every copy of this release. */
export const SOCKET_ROOMS = Symbol.for(`${RELEASE} socket rooms`);

/** The part of Socket.IO's adapter that knows the rooms of the sockets of this process. */
interface RoomAdapter {
  readonly rooms: ReadonlyMap<string, { readonly size: number }>;
  /** Each socket is in a room of its own, which has its id. */
  readonly sids: { has(id: string): boolean };
}

/** The namespaces of a server, by name; Socket.IO adds those to it that are made later. */
type Namespaces = ReadonlyMap<string, { readonly adapter: RoomAdapter }>;

/** A room, with its sockets in this process. */
interface RoomSize {
  readonly namespace: string;
  readonly name: string;
  readonly sockets: number;
}

export interface RoomSizes {
  /** The largest first. */
  readonly largest: readonly RoomSize[];
  /** How many rooms there are, without those of single sockets. */
  readonly count: number;
  /** Whether all rooms were counted. */
  readonly isComplete: boolean;
}

/** How many rooms one count looks at, those of single sockets included: a walk blocks the event loop. */
const MAX_WALKED = 20_000;
/** Characters of a name that are kept. */
const MAX_NAME = 200;

/** Counts the rooms of the Socket.IO servers of an application. It looks at them when it is asked, and keeps nothing. */
export class SocketRooms {
  readonly #servers = new Set<Namespaces>();

  add(namespaces: Namespaces): void {
    this.#servers.add(namespaces);
  }

  /** @param most how many rooms are named */
  sizes(most: number): RoomSizes {
    const largest: RoomSize[] = [];
    let [walked, count] = [0, 0];
    for (const namespaces of this.#servers) {
      for (const [namespace, { adapter }] of namespaces) {
        for (const [name, { size }] of adapter.rooms) {
          if (walked++ >= MAX_WALKED) return { largest, count, isComplete: false };
          if (adapter.sids.has(name)) continue;
          count++;
          if (largest.length === most && size <= (largest.at(-1)?.sockets ?? 0)) continue;
          const place = largest.findIndex(({ sockets }) => sockets < size);
          largest.splice(place < 0 ? largest.length : place, 0, {
            namespace,
            name: name.slice(0, MAX_NAME),
            sockets: size,
          });
          largest.length = Math.min(largest.length, most);
        }
      }
    }
    return { largest, count, isComplete: true };
  }
}

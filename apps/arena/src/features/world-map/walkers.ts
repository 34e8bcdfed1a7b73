import { Injectable } from '@nestjs/common';
import { SharedRedis } from 'nest-larder';
import type { RemoteSocket } from 'socket.io';
import type { ArenaServer, ArenaSocket } from '../sign-in/sockets/arena-socket.js';
import type { MapPlayer, Region } from './world-map.schemas.js';

/** A socket's position on the map, and since when, in milliseconds since the epoch. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

interface OnMap {
  region?: Region;
  place?: Place;
}

/** A socket that watches a region and may walk there. */
export type MapSocket = ArenaSocket<OnMap>;

/** A player who has not moved for longer is not shown to sockets that enter, in milliseconds. */
const STANDS_FOR = 10 * 60_000;
/** Players that an entering socket receives at most: those who moved last. */
const MAX_WALKERS = 200;

/** Players who walk. Each position is kept with its socket; a process asks all others for those of their sockets. */
@Injectable()
export class Walkers {
  constructor(private readonly redis: SharedRedis) {}

  /** Stores the position of a socket. */
  moved(socket: MapSocket, x: number, y: number): MapPlayer {
    socket.data.place = { x, y, at: Date.now() };
    return { id: socket.id, name: nameOf(socket.data), x, y };
  }

  /** Removes a socket from the map. @returns whether it was on it */
  left({ data }: MapSocket): boolean {
    const wasThere = data.place !== undefined;
    delete data.place;
    return wasThere;
  }

  /** The players in a room, on all processes; on this process only, if the others do not answer. */
  async in(server: ArenaServer, room: string): Promise<MapPlayer[]> {
    const here = () => server.local.in(room).fetchSockets();
    const everywhere = this.redis.address === undefined ? here() : this.#answered(server.in(room).fetchSockets());
    const sockets = (await everywhere.catch(here)) as RemoteSocket<never, MapSocket['data']>[];
    const earliest = Date.now() - STANDS_FOR;
    return sockets
      .flatMap(({ id, data }) => (data.place ? [{ id, data, place: data.place }] : []))
      .filter(({ place }) => place.at > earliest)
      .sort((one, other) => other.place.at - one.place.at)
      .slice(0, MAX_WALKERS)
      .map(({ id, data, place: { x, y } }) => ({ id, name: nameOf(data), x, y }));
  }

  /** Rejects after `redis.timeout`. */
  async #answered<T>(asked: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The other processes did not answer in time.')), this.redis.timeout);
    });
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }
}

function nameOf({ user }: MapSocket['data']): string {
  return user?.name ?? 'Guest';
}

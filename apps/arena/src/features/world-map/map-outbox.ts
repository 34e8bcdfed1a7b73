import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Key } from 'nest-larder';
import { Broadcaster } from 'nest-larder/realtime';
import type { MapDojo, MapEvents, MapNews, MapPlayer, Region } from './world-map.schemas.js';

/** Milliseconds between two messages to a region. */
const PACE = 200;
/** Events in one message at most; no reader follows more. */
const MAX_EVENTS = 20;

/** The room of the sockets that watch a region. */
export function mapRoom(region: Region): Key {
  return ['map', region];
}

/** Unsent changes of one region: the latest of each player and dojo. */
class Bundle {
  readonly players = new Map<string, MapPlayer>();
  readonly dojos = new Map<string, MapDojo>();
  readonly events: string[] = [];
  readonly gone = new Set<string>();

  constructor(readonly timer: NodeJS.Timeout) {}

  add({ players = [], dojos = [], events = [], gone = [] }: Partial<MapNews>): void {
    for (const player of players) {
      this.players.set(player.id, player);
      this.gone.delete(player.id);
    }
    for (const dojo of dojos) this.dojos.set(dojo.id, dojo);
    for (const id of gone) {
      this.players.delete(id);
      this.gone.add(id);
    }
    this.events.push(...events.slice(0, MAX_EVENTS - this.events.length));
  }
}

/** Collects changes of the map and emits them to each region at most five times a second. No flag: players' moves use it too. */
@Injectable()
export class MapOutbox implements OnApplicationShutdown {
  private readonly bundles = new Map<Region, Bundle>();

  constructor(private readonly broadcaster: Broadcaster<MapEvents>) {}

  add(region: Region, news: Partial<Omit<MapNews, 'region'>>): void {
    const bundle = this.bundles.get(region) ?? new Bundle(setTimeout(() => this.send(region), PACE));
    this.bundles.set(region, bundle);
    bundle.add(news);
  }

  onApplicationShutdown(): void {
    for (const { timer } of this.bundles.values()) clearTimeout(timer);
    this.bundles.clear();
  }

  private send(region: Region): void {
    const bundle = this.bundles.get(region);
    this.bundles.delete(region);
    if (bundle === undefined) return;
    const [players, dojos] = [[...bundle.players.values()], [...bundle.dojos.values()]];
    const news: MapNews = { region, players, dojos, events: bundle.events, gone: [...bundle.gone] };
    this.broadcaster.to(mapRoom(region)).emit('map', news);
  }
}

import { z } from 'zod';

export const region = z.enum(['harbour', 'old-town', 'riverside']);
export type Region = z.infer<typeof region>;

const position = z.number().min(0).max(100);

export const enterMessage = z.strictObject({ region });
export const moveMessage = z.strictObject({ x: position, y: position });

export const dojoStatus = z.enum(['open', 'busy', 'closed']);
export type DojoStatus = z.infer<typeof dojoStatus>;

export interface MapPlayer {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export interface MapDojo {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly status: DojoStatus;
}

/** Changes on the map of a region. */
export interface MapNews {
  readonly region: Region;
  readonly players: readonly MapPlayer[];
  readonly dojos: readonly MapDojo[];
  readonly events: readonly string[];
  /** Ids of players who have left. */
  readonly gone: readonly string[];
}

/** Events that arena emits to sockets on the map. */
export interface MapEvents {
  /** To the sockets that watch a region, at most five times a second. */
  map(news: MapNews): void;
}

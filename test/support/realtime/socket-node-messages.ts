import type { AdapterKind } from '../../../libs/larder/src/realtime/index.js';

/** What a node is asked to do, one thing after the other. */
export type SocketOrder =
  /** Serve and connect so many clients, who each count so many announcements; they are numbered from 0. */
  | {
      readonly type: 'open';
      readonly redis: string;
      readonly adapter: AdapterKind;
      readonly clients: number;
      readonly announcements: number;
    }
  | { readonly type: 'announce'; readonly number: number }
  | { readonly type: 'tally' }
  | { readonly type: 'close' };

/** For each announcement how often the client got it that got it least often, and the one that got it most often. */
export interface Tally {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** The answer to an order. */
export type SocketNews = { readonly order: number; readonly tally?: Tally };

import type { AdapterKind } from '../../../libs/larder/src/realtime/index.js';

/** Orders to a node, carried out one after another. */
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

/** For each announcement the lowest and the highest count of any client. */
export interface Tally {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** The answer to an order. */
export type SocketNews = { readonly order: number; readonly tally?: Tally };

/** How an audience is started. */
export interface AudienceOptions {
  readonly url: string;
  readonly clients: number;
  /** Most announcements there will be; they are numbered from 0. */
  readonly announcements: number;
}

/** For each announcement how often the client got it that got it least often, and the one that got it most often. */
export interface Tally {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

export type AudienceNews = { readonly type: 'connected' } | { readonly type: 'tally'; readonly tally: Tally };

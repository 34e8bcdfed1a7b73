/** A span that a process has recorded. */
export interface SpanRecord {
  /** Of the process. */
  readonly node: string;
  readonly name: string;
  /** What made it: `nest-larder`, or the package of an instrumentation. */
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  /** The ids of the linked spans. */
  readonly links: readonly string[];
}

export type TracedOrder =
  | { readonly type: 'spans' }
  /** Renames a venue in a transaction, inside of a span. */
  | { readonly type: 'rename'; readonly id: number; readonly name: string };

export interface TracedNews {
  readonly url?: string;
  readonly spans?: readonly SpanRecord[];
}

export interface TracedOptions {
  readonly node: string;
  readonly database: string;
  readonly redis: string;
  readonly keyPrefix: string;
}

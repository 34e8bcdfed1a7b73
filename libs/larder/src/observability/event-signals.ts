import { quietly } from '../base/listeners.js';
import { Signal } from '../base/signals/signal.js';
import type { CacheEvent, EventListener } from '../cache/state/events.js';

type EventOf<Type extends string> = Extract<CacheEvent, { readonly type: Type }>;

/** The journal: whether invalidations arrive, and reach the other nodes. */
export type JournalMessage = EventOf<'journal-followed' | 'journal-lost' | 'invalidation-pending'>;

/** The change feed: its events, and each page of changes that it has delivered. */
export type FeedMessage =
  | EventOf<Extract<CacheEvent['type'], `feed-${string}`>>
  | {
      readonly type: 'feed-delivered';
      /** How many rows of the log. */
      readonly changes: number;
      /** Age of the oldest of them when it was read, in milliseconds. */
      readonly age: number;
    };

/** Findings of the audit. */
export type AuditMessage = EventOf<'stale-read' | 'audit-unstable'>;

export const JOURNAL = new Signal<JournalMessage>('nest-larder:journal');
export const FEED = new Signal<FeedMessage>('nest-larder:feed');
export const AUDIT = new Signal<AuditMessage>('nest-larder:audit');

/** A listener that also sends the events of journal, change feed and audit on their channels. Never throws. */
export function announcing(listener: EventListener | undefined, subject: string): EventListener {
  const report = quietly(listener, subject);
  return (event) => {
    report(event);
    signalOf(event)?.send(event);
  };
}

function signalOf({ type }: CacheEvent): Signal<CacheEvent> | undefined {
  switch (type) {
    case 'journal-followed':
    case 'journal-lost':
    case 'invalidation-pending':
      return JOURNAL as Signal<CacheEvent>;
    case 'stale-read':
    case 'audit-unstable':
      return AUDIT as Signal<CacheEvent>;
    default:
      return type.startsWith('feed-') ? (FEED as Signal<CacheEvent>) : undefined;
  }
}

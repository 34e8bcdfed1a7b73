import { channel } from 'node:diagnostics_channel';
import type { Clock } from '../../base/clock.js';
import type { HitAudit } from '../state/hit-audit.js';
import type { StaleRead } from '../state/stale-read.js';

export interface AuditOptions {
  /** Which share of the hits is compared: above 0 to 1. */
  readonly sample: number;
  /** How many loads a second the audit makes at most. */
  readonly loadsPerSecond: number;
  /** How many loads it makes at the same time at most. */
  readonly concurrency: number;
  /** Milliseconds after the first difference at which a value is compared again. */
  readonly looks: readonly number[];
  /** Whether findings show values. */
  readonly showsValues: boolean;
  /** Whether every finding is reported, not only the first of its kind in ten minutes. */
  readonly reportsAll: boolean;
  /** Whether a cache that closes first waits for the comparisons under way. */
  readonly settlesBeforeClose: boolean;
  /** The time for {@link looks}. */
  readonly clock: Clock;
  readonly found?: (finding: StaleRead) => void;
}

/** A cache that is being created: its audit can still be chosen. */
export interface NewCache {
  audit: AuditOptions | undefined;
  /** Called with the audit that was chosen. */
  opened: ((audit: HitAudit) => void) | undefined;
}

// A channel of Node, because a test runner may load two copies of the library.
const NEW_CACHES = channel('nest-larder:new-cache');

/** Asks listeners in this process, such as `auditEverything`, how to audit a new cache. */
export function announceCache(audit: AuditOptions | undefined): NewCache {
  const created: NewCache = { audit, opened: undefined };
  if (NEW_CACHES.hasSubscribers) NEW_CACHES.publish(created);
  return created;
}

/** @returns a function that ends the subscription */
export function onNewCache(listener: (created: NewCache) => void): () => void {
  const receive = (message: unknown) => listener(message as NewCache);
  NEW_CACHES.subscribe(receive);
  return () => void NEW_CACHES.unsubscribe(receive);
}

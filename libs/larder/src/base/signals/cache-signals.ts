import { Signal } from './signal.js';

// Times are in milliseconds, sizes in bytes. `id` is the path of a key, `method` the name in the statistics.

/** A load has ended. */
export interface LoadMessage {
  readonly method: string | undefined;
  /** Of the first value, if `values` is more than 1. */
  readonly id: string;
  /** How many values the load was to bring: more than 1 for a batch. */
  readonly values: number;
  readonly duration: number;
  readonly result: 'loaded' | 'failed';
  /** Why it failed. */
  readonly error?: unknown;
}

/** A value was stored in this process, or could not be. */
export interface StoreMessage {
  readonly method: string | undefined;
  readonly id: string;
  /** `invalidated`: something it depends on was invalidated during its load. `uncacheable`: see `LarderValueError`. */
  readonly result: 'stored' | 'invalidated' | 'uncacheable';
  /** Of a stored value: key, value and bookkeeping. */
  readonly bytes?: number;
  readonly tags?: readonly string[];
}

/** One of 64 hits in the memory of this process, of each method. */
export interface HitMessage {
  readonly method: string | undefined;
  readonly id: string;
  /** The time since the load of the value began. */
  readonly age: number;
}

/** Something was invalidated by this process; large invalidations are sent in several steps. */
export interface InvalidateMessage {
  /**
   * `call`: `invalidate` and `invalidateAll`, also by the change feed. `set`, `write-through`: the value of a key was
   * replaced. `write`: `@CacheInvalidate`. `deferred`: the work of `deferInvalidations` has ended. `clear`: everything.
   */
  readonly kind: 'call' | 'set' | 'write-through' | 'write' | 'deferred' | 'clear';
  /** The decorated method that invalidated. */
  readonly method: string | undefined;
  /** The names of the first ten targets, as far as they are known. */
  readonly targets: readonly string[];
  /** How many slots were raised. */
  readonly slots: number;
  /** Whether the other nodes can see it. */
  readonly delivered: boolean;
}

/** A stored value was found and not served, because something it depends on was invalidated. */
export interface RefuseMessage {
  readonly method: string | undefined;
  readonly id: string;
  readonly tier: 'memory' | 'redis';
  /** The time since the load of the value began. */
  readonly age: number;
}

/** A value left the memory of this process. */
export interface EvictMessage {
  readonly method: string | undefined;
  readonly id: string;
  /** `full`: to make room. `too-large`: it was never stored. `expired`, `invalidated`: removed by the sweep each minute. */
  readonly reason: 'full' | 'too-large' | 'expired' | 'invalidated';
  readonly bytes: number;
  /** How often it was served. */
  readonly hits: number;
}

/** A read has waited for a load of another process, which held the lease of its key. */
export interface LeaseMessage {
  readonly method: string | undefined;
  readonly id: string;
  readonly duration: number;
  /** `found`: the other process stored the value. `granted`, `given-up`: this process loaded it. */
  readonly result: 'found' | 'granted' | 'given-up';
}

export const LOAD = new Signal<LoadMessage>('nest-larder:load');
export const STORE = new Signal<StoreMessage>('nest-larder:store');
export const HIT = new Signal<HitMessage>('nest-larder:hit');
export const INVALIDATE = new Signal<InvalidateMessage>('nest-larder:invalidate');
export const REFUSE = new Signal<RefuseMessage>('nest-larder:refuse');
export const LEASE = new Signal<LeaseMessage>('nest-larder:lease');
export const EVICT = new Signal<EvictMessage>('nest-larder:evict');

import type { Entry } from '../cache/entries/entry.js';
import type { Demand } from './demand.js';

/** A value that was loaded for callers to come. */
interface Waiting {
  readonly method: string;
  /** On the clock's `elapsed`. */
  readonly loadedAt: number;
  readonly expiresAt: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** @param cost the part of a load that was extra: 1 for a value that was not used */
type Settle = (isUsed: boolean, cost: number) => void;

/** How many values wait at most; of more, the oldest count as unused. */
const MAX_WAITING = 10_000;

/** The values that were loaded in advance, until it is known whether a caller has asked for them. */
export class WaitingValues {
  readonly #waiting = new Map<string, Waiting>();
  readonly #settle: Settle;
  /** Milliseconds after its expiry until which other processes may tell that they have used a value. */
  readonly #grace: number;

  /** @param settle receives the end of each value once */
  constructor(settle: Settle, grace: number) {
    this.#settle = settle;
    this.#grace = grace;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add({ id, loadedAt, expiresAt }: Entry, method: string, at: number): void {
    // A value that is loaded again before it was used.
    if (this.#waiting.has(id)) this.#end(id, false);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size >= MAX_WAITING) this.#end(oldest as string, false);
    this.#waiting.set(id, { method, loadedAt, expiresAt, at });
  }

  /** A caller was served an entry. @param now when that was noticed, on the clock's `elapsed` */
  served({ id, loadedAt, expiresAt }: Entry, now: number): void {
    if (this.#waiting.get(id)?.loadedAt !== loadedAt) return;
    this.#end(id, true, Math.min(1, Math.max(0, now - loadedAt) / (expiresAt - loadedAt)));
  }

  /** An entry left the memory, and no caller of this process has asked for it. */
  left({ id, loadedAt }: Entry, now: number): void {
    const waiting = this.#waiting.get(id);
    // Those that have expired may have been used elsewhere.
    if (waiting?.loadedAt === loadedAt && (this.#grace === 0 || now < waiting.expiresAt)) this.#end(id, false);
  }

  /** Counts what other processes have asked for since it was loaded. @param own what this process knew before */
  compare(own: Demand, whole: Demand): void {
    for (const [id, { at, expiresAt, loadedAt, method }] of this.#waiting) {
      const told = whole.groups.get(method)?.keys.get(id)?.askedAt ?? 0;
      const known = own.groups.get(method)?.keys.get(id)?.askedAt ?? 0;
      if (told > at && told > known) this.#end(id, true, Math.min(1, (told - at) / (expiresAt - loadedAt)));
    }
  }

  /** Counts values as unused that have expired. */
  expire(now: number): void {
    for (const [id, { expiresAt }] of this.#waiting) if (now >= expiresAt + this.#grace) this.#end(id, false);
  }

  #end(id: string, isUsed: boolean, cost = 1): void {
    this.#waiting.delete(id);
    this.#settle(isUsed, cost);
  }
}

import type { Engine } from '../../cache/engine.js';
import type { Entry } from '../../cache/entries/entry.js';
import { opaqueTagOf } from './etag.js';
import type { HitHeaders } from './hit-headers.js';

/** What a kept body takes besides its bytes: its buffer, its tag, its place. */
const BOOKKEEPING_BYTES = 800;

/** An answer as it was serialised the first time. */
export interface CachedBody {
  readonly body: Buffer;
  readonly opaqueTag: string;
  /** Whatever decides how a value is serialised besides the value itself. */
  readonly form: unknown;
  /** What goes with it. */
  readonly hit: HitHeaders;
}

/** Bodies and validators, kept beside the entries they were made of, and no longer than these. */
export class BodyCache {
  readonly #engine: Engine;
  readonly #bodies = new WeakMap<Entry, CachedBody>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  of(entry: Entry): CachedBody | undefined {
    return this.#bodies.get(entry);
  }

  /** Keeps a body if there is room; it counts as a part of its entry. */
  keep(entry: Entry, serialised: string | Uint8Array, form: unknown, hit: HitHeaders): CachedBody {
    const body = bytesOf(serialised);
    const kept = { body, opaqueTag: opaqueTagOf(body), form, hit };
    // One entry has one body: the second form of it is made anew each time.
    if (!this.#bodies.has(entry) && this.#engine.context.store.enlarge(entry, body.length + BOOKKEEPING_BYTES)) {
      this.#bodies.set(entry, kept);
    }
    return kept;
  }
}

/** Bytes in memory of their own: a slice of Node's pool would keep all of it. */
function bytesOf(serialised: string | Uint8Array): Buffer {
  const text = typeof serialised === 'string' ? Buffer.from(serialised) : serialised;
  const bytes = Buffer.allocUnsafeSlow(text.length);
  bytes.set(text);
  return bytes;
}

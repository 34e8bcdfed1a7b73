import type { Engine } from '../../cache/engine.js';
import type { Entry } from '../../cache/entries/entry.js';
import { opaqueTagOf } from './etag.js';
import type { HitHeaders } from './hit-headers.js';

/** Estimated memory of a stored body besides its bytes: the buffer object, ETag and map entry. */
const BOOKKEEPING_BYTES = 800;

/** A response body, serialised once. */
export interface CachedBody {
  readonly body: Buffer;
  readonly opaqueTag: string;
  /** See {@link Platform.formOf}. */
  readonly form: unknown;
  /** The headers of hits. */
  readonly hit: HitHeaders;
}

/** Serialised bodies and ETags of entries; they live as long as their entry. */
export class BodyCache {
  readonly #engine: Engine;
  readonly #bodies = new WeakMap<Entry, CachedBody>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  of(entry: Entry): CachedBody | undefined {
    return this.#bodies.get(entry);
  }

  /** Stores a body if `maxBytes` allows; its bytes count towards its entry. */
  keep(entry: Entry, serialised: string | Uint8Array, form: unknown, hit: HitHeaders): CachedBody {
    const body = bytesOf(serialised);
    const kept = { body, opaqueTag: opaqueTagOf(body), form, hit };
    // An entry stores one body: a second form is serialised for each response.
    if (!this.#bodies.has(entry) && this.#engine.context.store.enlarge(entry, body.length + BOOKKEEPING_BYTES)) {
      this.#bodies.set(entry, kept);
    }
    return kept;
  }
}

/** Copies the bytes into memory of their own: a slice of Node's pool would retain the whole pool. */
function bytesOf(serialised: string | Uint8Array): Buffer {
  const text = typeof serialised === 'string' ? Buffer.from(serialised) : serialised;
  const bytes = Buffer.allocUnsafeSlow(text.length);
  bytes.set(text);
  return bytes;
}

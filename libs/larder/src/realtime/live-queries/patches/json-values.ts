import { type PatchOperation, patchBetween } from './json-patch.js';

/** A value as a client gets it. */
export interface JsonValue {
  readonly text: string;
  /** Parsed from {@link text}: clients have no dates and no members that are `undefined`. */
  readonly value: unknown;
}

/** The values of one query. Its subscribers share the work: most of them get the same value. */
export class JsonValues {
  #latest: JsonValue | undefined;
  readonly #patches = new WeakMap<JsonValue, { readonly to: JsonValue; readonly patch: Patch | undefined }>();

  /** @returns `undefined` for a value that is sent whole: it has binary parts, or a name that a patch cannot set */
  of(value: unknown): JsonValue | undefined {
    const text = textOf(value);
    if (text === undefined) return undefined;
    if (text !== this.#latest?.text) this.#latest = { text, value: JSON.parse(text) };
    return this.#latest;
  }

  /** The operations that turn one value into another, if they are smaller than the value. */
  patch(from: JsonValue, to: JsonValue): Patch | undefined {
    const known = this.#patches.get(from);
    if (known?.to === to) return known.patch;
    const operations = patchBetween(from.value, to.value);
    const patch = JSON.stringify(operations).length < to.text.length ? operations : undefined;
    this.#patches.set(from, { to, patch });
    return patch;
  }
}

type Patch = readonly PatchOperation[];

function textOf(value: unknown): string | undefined {
  let isBinary = false;
  const text = JSON.stringify(value ?? null, function (this: Record<string, unknown>, name: string, shown: unknown) {
    // `Buffer` has a `toJSON`, but Socket.IO sends its bytes.
    const member = this[name];
    isBinary ||= ArrayBuffer.isView(member) || member instanceof ArrayBuffer || member instanceof Blob;
    return shown;
  }) as string | undefined;
  return isBinary || text?.includes('"__proto__"') ? undefined : text;
}

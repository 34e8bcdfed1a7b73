import type { PatchOperation } from './json-patch.js';
import type { JsonValue, JsonValues } from './json-values.js';

/** A message to a client in mode `patch`. A patch applies to the value of the message with the number before. */
export type ValueMessage =
  | { readonly event: 'value'; readonly body: { readonly seq: number; readonly value: unknown } }
  | { readonly event: 'patch'; readonly body: { readonly seq: number; readonly patch: readonly PatchOperation[] } };

/** The value that a client in mode `patch` has, if it has received every message. */
export class SentValue {
  #seq = 0;
  #last: JsonValue | undefined;

  /** @returns the message that brings the client to this value; `undefined` if it has it */
  next(value: unknown, values: JsonValues): ValueMessage | undefined {
    const last = this.#last;
    const next = values.of(value);
    if (next !== undefined && next.text === last?.text) return undefined;
    this.#last = next;
    const seq = ++this.#seq;
    const patch = last === undefined || next === undefined ? undefined : values.patch(last, next);
    if (patch !== undefined) return { event: 'patch', body: { seq, patch } };
    return { event: 'value', body: { seq, value: value ?? null } };
  }
}

import { LarderValueError } from '../errors.js';
import { idOf } from '../keys/key.js';
import { keep, offer, type Place } from './keep.js';
import type { Parts } from './parts.js';
import type { Policy } from './policy.js';
import { makeStorable, type Storable } from './storable.js';

/** A policy whose tags are known before the value is. */
export type WritePolicy = Policy & { readonly tags: readonly string[] };

/** Stores what callers bring, and invalidates what it replaces. */
export class Writer {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Stores values, each after its key was invalidated: so a load that began before does not put an older value over it,
   * and other nodes drop theirs.
   *
   * @throws LarderValueError before anything is stored, if one of them cannot be
   */
  async set(entries: readonly (readonly [path: string, value: unknown])[], policy: WritePolicy): Promise<void> {
    const ready = entries.map(([path, value]) => ({ path, value, storable: checked(path, value) }));
    if (ready.length === 0) return;
    const { slots, journal } = this.#parts;
    const { sequence } = await journal.bump(ready.map(({ path }) => slots.ofPath(path)));
    const kept = ready.map(({ path, value, storable }) =>
      keep(this.#parts, this.#placeOf(path, sequence, policy), value, storable, policy),
    );
    await this.#parts.shared?.share(kept.filter((entry) => entry !== undefined));
  }

  /**
   * Runs a write, invalidates the key and `targets`, and stores what the write answered if no other write of the key
   * overlapped this one. When the write fails its outcome is not known (it may have been committed before a connection was
   * lost), so the key is invalidated all the same.
   *
   * @param targets the slots of whatever else the write changed, once its result is known
   */
  async through<T>(
    path: string,
    write: () => T | Promise<T>,
    targets: (result: T) => Promise<readonly number[]>,
    policy: WritePolicy,
  ): Promise<T> {
    const { slots, journal } = this.#parts;
    const own = slots.ofPath(path);
    const intent = await journal.announce({ id: idOf(path), slots: slots.ofEntry(path, policy.tags), bumps: [own] });
    let result: T;
    try {
      result = await write();
    } catch (error) {
      await journal.conclude(intent, [own]);
      throw error;
    }
    const { sequence, alone } = await journal.conclude(intent, [own, ...(await targets(result))]);
    if (!alone) return result;
    const kept = offer(this.#parts, idOf(path), result, policy, () => this.#placeOf(path, sequence, policy));
    if (kept !== undefined) void this.#parts.shared?.share([kept]);
    return result;
  }

  async invalidate(slots: readonly number[]): Promise<{ delivered: boolean }> {
    this.#parts.statistics.invalidations++;
    if (slots.length === 0) return { delivered: true };
    const { delivered } = await this.#parts.journal.bump(slots);
    return { delivered };
  }

  /** Where a value that is written now belongs. */
  #placeOf(path: string, sequence: number, { tags }: WritePolicy): Place {
    const { clock, slots } = this.#parts;
    return { id: idOf(path), slots: slots.ofEntry(path, tags), tags, stamp: sequence, loadedAt: clock.elapsed() };
  }
}

function checked(path: string, value: unknown): Storable {
  try {
    return makeStorable(value);
  } catch (error) {
    throw error instanceof LarderValueError ? error.of(path) : error;
  }
}

import { ROOT_SLOT } from './slots.js';

/**
 * Told of slots right after their versions changed on this node, whichever node or source invalidated: what depends on one
 * of them is not served here any more. Must return at once and not throw.
 */
export type SlotListener = (slots: readonly number[]) => void;

/**
 * This node's copy of the version table: a version per slot, raised by invalidations that the journal applies.
 *
 * A stamp is the versions that an entry's slots had before its load began. Kept in this process, it needs no copy of them:
 * every change to the table has a sequence number, and each slot remembers the number of its last change. The versions are
 * those of the stamp exactly if none of the slots changed after the number at which the stamp was taken, so a stamp is one
 * number, and as long as nothing at all was invalidated a hit compares one number.
 */
export class VersionTable {
  readonly #versions: Float64Array;
  readonly #changedAt: Float64Array;
  #sequence = 0;
  #listeners: readonly SlotListener[] = [];

  constructor(readonly size: number) {
    this.#versions = new Float64Array(size);
    this.#changedAt = new Float64Array(size);
  }

  /** The number of the last change: the stamp of a load that begins now. */
  get sequence(): number {
    return this.#sequence;
  }

  /** @returns what ends the listening */
  listen(listener: SlotListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  versionOf(slot: number): number {
    return this.#versions[slot] as number;
  }

  /**
   * Takes over the versions of some slots as one change. A version that is not above the slot's own is old news.
   *
   * @returns the number of the change; stamps taken before it no longer hold for these slots
   */
  apply(slots: readonly number[], versions: readonly number[]): number {
    const sequence = this.#sequence + 1;
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] as number;
      const version = versions[index] as number;
      if (version <= this.versionOf(slot)) continue;
      this.#versions[slot] = version;
      this.#changedAt[slot] = sequence;
      this.#sequence = sequence;
    }
    if (this.#sequence === sequence) this.#tellOf(slots);
    return this.#sequence;
  }

  /**
   * Takes over the table that all nodes share, as one change.
   *
   * @param asked the sequence number when that table was asked for
   * @returns the slots whose version was higher here even then: the shared table has lost it
   */
  merge(versions: ArrayLike<number>, asked: number): number[] {
    const sequence = this.#sequence + 1;
    const lost: number[] = [];
    for (let slot = 0; slot < this.size; slot++) {
      const version = versions[slot] as number;
      const own = this.#versions[slot] as number;
      if (version === own) continue;
      if (version < own) {
        if ((this.#changedAt[slot] as number) <= asked) lost.push(slot);
      } else {
        this.#versions[slot] = version;
        this.#changedAt[slot] = sequence;
        this.#sequence = sequence;
      }
    }
    if (this.#sequence === sequence) this.#tellOf(this.#slotsChangedAt(sequence));
    return lost;
  }

  /** Takes over a table that has nothing to do with the one before: no stamp taken so far holds any more. */
  replace(versions: ArrayLike<number>): void {
    this.#versions.set(versions);
    this.touch([ROOT_SLOT]);
  }

  /**
   * Lets no stamp taken so far hold for some slots, whose new versions are not known yet.
   *
   * @returns the number of the change
   */
  touch(slots: readonly number[]): number {
    if (slots.length > 0) this.#sequence++;
    for (const slot of slots) this.#changedAt[slot] = this.#sequence;
    this.#tellOf(slots);
    return this.#sequence;
  }

  /** Whether the root and these slots still have the versions they had when the stamp was taken. */
  unchangedSince(stamp: number, slots: readonly number[]): boolean {
    if (stamp === this.#sequence) return true;
    if ((this.#changedAt[ROOT_SLOT] as number) > stamp) return false;
    for (let index = 0; index < slots.length; index++) {
      if ((this.#changedAt[slots[index] as number] as number) > stamp) return false;
    }
    return true;
  }

  /** Tells of those that changed last. */
  #tellOf(slots: readonly number[]): void {
    if (this.#listeners.length === 0) return;
    const changed = slots.filter((slot) => this.#changedAt[slot] === this.#sequence);
    if (changed.length === 0) return;
    for (const listener of this.#listeners) listener(changed);
  }

  #slotsChangedAt(sequence: number): number[] {
    if (this.#listeners.length === 0) return [];
    const changed: number[] = [];
    for (let slot = 0; slot < this.size; slot++) if (this.#changedAt[slot] === sequence) changed.push(slot);
    return changed;
  }
}

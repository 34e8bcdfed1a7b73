import { ROOT_SLOT } from './slots.js';

/**
 * Called with slots right after their versions changed on this node: entries that depend on them are no longer served here.
 * Must return at once and not throw.
 */
export type SlotListener = (slots: readonly number[]) => void;

/**
 * This node's copy of the version table: a version per slot, raised by the invalidations that the journal applies.
 *
 * A stamp stands for the versions that an entry's slots had before its load began. Every change of the table gets a sequence
 * number, and each slot keeps the number of its last change, so a stamp in this process is a single sequence number: it is
 * valid if none of the entry's slots changed after it. While nothing was invalidated since, a hit compares one number.
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

  /** The sequence number of the last change: the stamp of a load that begins now. */
  get sequence(): number {
    return this.#sequence;
  }

  /** @returns a function that removes the listener */
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
   * Applies versions of some slots as one change. A version that is not above the slot's own is ignored.
   *
   * @returns the sequence number of the change: older stamps are no longer valid for these slots
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
    if (this.#sequence === sequence) this.#notify(slots);
    return this.#sequence;
  }

  /**
   * Merges the table that all nodes share, as one change.
   *
   * @param asked the sequence number at which that table was requested
   * @returns the slots whose version was already higher here at that time: the shared table has lost those changes
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
    if (this.#sequence === sequence) this.#notify(this.#slotsChangedAt(sequence));
    return lost;
  }

  /** Replaces the whole table: no earlier stamp is valid any more. */
  replace(versions: ArrayLike<number>): void {
    this.#versions.set(versions);
    this.touch([ROOT_SLOT]);
  }

  /**
   * Ends the validity of all earlier stamps for some slots, whose new versions are not known yet.
   *
   * @returns the sequence number of the change
   */
  touch(slots: readonly number[]): number {
    if (slots.length > 0) this.#sequence++;
    for (const slot of slots) this.#changedAt[slot] = this.#sequence;
    this.#notify(slots);
    return this.#sequence;
  }

  /** Whether the root and these slots have not changed since the stamp was taken. */
  unchangedSince(stamp: number, slots: readonly number[]): boolean {
    if (stamp === this.#sequence) return true;
    if ((this.#changedAt[ROOT_SLOT] as number) > stamp) return false;
    for (let index = 0; index < slots.length; index++) {
      if ((this.#changedAt[slots[index] as number] as number) > stamp) return false;
    }
    return true;
  }

  /** Whether this slot has not changed since the stamp was taken. */
  isUnchanged(slot: number, stamp: number): boolean {
    return (this.#changedAt[slot] as number) <= stamp;
  }

  /** Notifies the listeners of the slots with the latest change. */
  #notify(slots: readonly number[]): void {
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

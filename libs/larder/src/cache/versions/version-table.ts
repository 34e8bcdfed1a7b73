import { DEPENDENCY_SLOTS, ROOT_SLOT } from './slots.js';

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
 *
 * Behind the slots that are copied as a whole is a region for observed dependencies (`docs/decisions/0017`). Its first slot is the
 * root of the region: each entry with a slot there depends on it too. After a gap in the journal the whole region counts as
 * changed, and the versions of its slots are unknown: at most {@link #floor}. Its versions rise all together, so an entry is
 * valid if its slots have at most the versions with which it was stored.
 */
export class VersionTable {
  // Longer than `size` once the region is in use: the operating system gives it memory page by page.
  #versions: Float64Array;
  #changedAt: Float64Array;
  #sequence = 0;
  #listeners: readonly SlotListener[] = [];
  /** The versions of the region up to which no change is missing here. */
  #followed = 0;
  /** The highest version that a slot of the region can have that has not changed since the last gap. */
  #floor = 0;
  /** The version of the root of the region. */
  #epoch = 0;

  /** @param size the number of slots without those of observed dependencies */
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
    return this.#versions[slot] ?? 0;
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
      if (slot >= this.size ? !this.#isNews(slot, version) : version <= this.versionOf(slot)) continue;
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
    for (const slot of slots) {
      if (slot > this.size && !this.#isKnown(slot)) this.#versions[slot] = this.#floor;
      this.#changedAt[slot] = this.#sequence;
    }
    this.#notify(slots);
    return this.#sequence;
  }

  /** Something was committed that changes no slot, as far as is known: a load that began before is not newer than it. */
  advance(): void {
    this.#sequence++;
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

  /** Whether the root and these two slots have not changed since the stamp was taken. */
  unchangedBoth(stamp: number, one: number, other: number): boolean {
    const changedAt = this.#changedAt;
    return (
      (changedAt[ROOT_SLOT] as number) <= stamp &&
      (changedAt[one] as number) <= stamp &&
      (changedAt[other] as number) <= stamp
    );
  }

  /** Whether this slot has not changed since the stamp was taken. */
  isUnchanged(slot: number, stamp: number): boolean {
    return (this.#changedAt[slot] as number) <= stamp;
  }

  /** Whether slots of observed dependencies have a place here. Until then their changes are ignored. */
  get hasDependencies(): boolean {
    return this.#versions.length > this.size;
  }

  /** The version of the root of the region. A change of a slot is comparable only with entries that have this one. */
  get epoch(): number {
    return this.#epoch;
  }

  reserveDependencies(): void {
    if (this.hasDependencies) return;
    this.#versions = enlarged(this.#versions, this.size + DEPENDENCY_SLOTS);
    this.#changedAt = enlarged(this.#changedAt, this.size + DEPENDENCY_SLOTS);
    this.#forget(this.#followed, this.#epoch);
  }

  /**
   * Begins to follow the region, after a gap unless nothing has changed in it since.
   *
   * @param last the highest version of the region
   * @param epoch the version of its root
   */
  beginDependencies(last: number, epoch: number): void {
    if (last !== this.#followed || epoch !== this.#epoch) this.#forget(last, epoch);
  }

  /** Notes that every change of the region up to this version has been applied. */
  followDependencies(version: number): void {
    this.#followed = Math.max(this.#followed, version);
  }

  /** The version with which an entry is stored, none of whose slots has changed here since its load began. */
  stampedVersionOf(slot: number): number {
    if (slot < this.size) return this.versionOf(slot);
    if (slot === this.size) return this.#epoch;
    return this.#isKnown(slot) ? Math.max(this.#followed, this.versionOf(slot)) : this.#followed;
  }

  /**
   * Whether a slot is unchanged since an entry was stored with this version of it; `undefined` if only the journal can tell.
   * The version of the entry may be one that this node has not seen yet.
   */
  holds(slot: number, version: number): boolean | undefined {
    if (slot < this.size || slot === this.size) {
      const own = slot === this.size ? this.#epoch : this.versionOf(slot);
      return own < version ? undefined : own === version;
    }
    if (!this.hasDependencies) return false;
    if (this.#isKnown(slot)) return this.versionOf(slot) <= version;
    return this.#floor <= version ? true : undefined;
  }

  /**
   * Applies versions that the journal was asked for. Several slots of the region share a place in Redis, so the answer may be
   * another slot's version: it is a change of this one only if it is newer than all that this node has followed.
   */
  learn(slots: readonly number[], versions: readonly number[]): void {
    const changed: number[] = [];
    const changedTo: number[] = [];
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] as number;
      const version = versions[index] as number;
      if (slot < this.size || (slot > this.size && version > this.#followed)) {
        changed.push(slot);
        changedTo.push(version);
      } else if (slot > this.size && this.hasDependencies && !this.#isKnown(slot)) {
        this.#versions[slot] = version;
        this.#changedAt[slot] = this.#changedAt[this.size] as number;
      }
    }
    this.apply(changed, changedTo);
  }

  #forget(last: number, epoch: number): void {
    this.#followed = last;
    this.#floor = last;
    this.#epoch = epoch;
    if (this.hasDependencies) this.touch([this.size]);
  }

  /** Whether a version is that of a change of the region which is not applied yet. */
  #isNews(slot: number, version: number): boolean {
    return this.hasDependencies && (!this.#isKnown(slot) || version > this.versionOf(slot));
  }

  /** Whether the version of a slot of the region is that of now, as far as this node has followed. */
  #isKnown(slot: number): boolean {
    return (this.#changedAt[slot] as number) >= (this.#changedAt[this.size] as number);
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

function enlarged(numbers: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(numbers);
  return larger;
}

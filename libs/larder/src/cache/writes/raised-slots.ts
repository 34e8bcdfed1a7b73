import { ROOT_SLOT } from '../versions/slots.js';
import type { VersionTable } from '../versions/version-table.js';

/** The slots that a write has raised, in one step or several. */
export class RaisedSlots {
  readonly #table: VersionTable;
  /** The sequence number of the table before the first step. */
  readonly before: number;
  readonly #steps: { readonly slots: readonly number[]; readonly sequence: number }[] = [];
  #raisedAt: Map<number, number> | undefined;

  constructor(table: VersionTable) {
    this.#table = table;
    this.before = table.sequence;
  }

  /** @param sequence the sequence number of the table at which the slots were raised */
  add(slots: readonly number[], sequence: number): void {
    this.#steps.push({ slots, sequence });
  }

  /**
   * The stamp of a value that was written with these steps: the sequence number of now, or one that is no longer valid if
   * another invalidation of its slots arrived meanwhile, since the value counts as older then.
   *
   * @param dependent has the slots of the value besides the root
   */
  stampOf(dependent: { readonly slots: readonly number[] }): number {
    // A step may have raised other slots too: those of invalidations that were sent in the same script.
    return this.#areLast(dependent.slots) ? this.#table.sequence : this.before;
  }

  #areLast(slots: readonly number[]): boolean {
    const raisedAt = this.#bySlot();
    if (!this.#table.isUnchanged(ROOT_SLOT, this.before)) return false;
    return slots.every((slot) => this.#table.isUnchanged(slot, raisedAt.get(slot) ?? this.before));
  }

  #bySlot(): ReadonlyMap<number, number> {
    this.#raisedAt ??= new Map(
      this.#steps.flatMap(({ slots, sequence }) => slots.map((slot) => [slot, sequence] as const)),
    );
    return this.#raisedAt;
  }
}

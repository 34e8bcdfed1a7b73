/** Bumps that are not delivered to Redis yet, coalesced by slot, each with the version it must exceed. */
export class PendingInvalidations {
  readonly #floors = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#floors.size === 0;
  }

  get size(): number {
    return this.#floors.size;
  }

  add(slot: number, floor: number): void {
    this.#floors.set(slot, Math.max(floor, this.#floors.get(slot) ?? 0));
  }

  /** Removes and returns everything. The caller must add again what it cannot deliver. */
  take(): ReadonlyMap<number, number> {
    const taken = new Map(this.#floors);
    this.#floors.clear();
    return taken;
  }
}

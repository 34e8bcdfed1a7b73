/** Bumps that Redis has not seen yet, coalesced by slot, each with the version it must exceed. */
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

  /** Takes everything out. What was taken and not delivered has to be added again. */
  take(): ReadonlyMap<number, number> {
    const taken = new Map(this.#floors);
    this.#floors.clear();
    return taken;
  }
}

/** Who waits until the changes committed so far are delivered, by the reads of the log that this process makes. */
export class Delivered {
  #waiting = new Set<(isDelivered: boolean) => void>();
  /** Those whose changes the read sees that is under way: it began after they were committed. */
  #covered = new Set<(isDelivered: boolean) => void>();

  /** Resolves when every change committed before the call is delivered; to `false` if reading fails before that. */
  wait(): Promise<boolean> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** A read begins: it sees what is committed by now. */
  readBegins(): void {
    for (const one of this.#waiting) this.#covered.add(one);
    this.#waiting.clear();
  }

  /** All that the read has seen is delivered. */
  readEnds(): void {
    for (const resolve of this.#covered) resolve(true);
    this.#covered.clear();
  }

  /** Nothing is read at the moment. */
  fail(): void {
    for (const resolve of [...this.#waiting, ...this.#covered]) resolve(false);
    this.#waiting.clear();
    this.#covered.clear();
  }
}

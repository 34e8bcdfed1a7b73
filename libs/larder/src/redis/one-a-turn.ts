/**
 * Runs one task a turn of the event loop. What came of the first goes out before the second is run, so that Redis works on
 * it meanwhile; and whatever else waits for its turn gets one in between.
 */
export class OneATurn {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;
  readonly #next = () => {
    this.#isTaken = false;
    const task = this.#waiting.shift();
    if (task !== undefined) this.run(task);
  };

  /** @param task must not throw */
  run(task: () => void): void {
    if (this.#isTaken) {
      this.#waiting.push(task);
      return;
    }
    this.#isTaken = true;
    setImmediate(this.#next);
    task();
  }
}

/** The right to run a job, for one run of all at a time. */
export interface Turn {
  /** Aborted when somebody else may have the turn: this process was stopped for too long, or cut off. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Somebody else's turn. */
export interface Taken {
  /** Tells one holder from the next. */
  readonly holder: string;
  /** Milliseconds until it ends unless its holder renews it, `Infinity` where a holder cannot die. */
  readonly expiresIn: number;
}

/** Who may run a job. */
export interface Turns {
  take(name: string): Promise<Turn | Taken>;
}

/** Turns among the runs of one process. */
export class MemoryTurns implements Turns {
  readonly #held = new Set<string>();

  async take(name: string): Promise<Turn | Taken> {
    if (this.#held.has(name)) return { holder: name, expiresIn: Number.POSITIVE_INFINITY };
    this.#held.add(name);
    let isHeld = true;
    const release = async () => {
      if (isHeld) this.#held.delete(name);
      isHeld = false;
    };
    return { lost: new AbortController().signal, release };
  }
}

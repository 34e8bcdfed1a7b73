interface Visitable {
  /** Set by each hit. */
  visited: boolean;
}

/** A bounded map by exact URL; evicts by second chance (clock): recently visited URLs stay. */
export class UrlMap<Known extends Visitable> {
  readonly #known = new Map<string, Known>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  get(url: string): Known | undefined {
    return this.#known.get(url);
  }

  set(url: string, known: Known): void {
    if (this.#most === 0) return;
    this.#known.delete(url);
    while (this.#known.size >= this.#most) this.#evict();
    this.#known.set(url, known);
  }

  /** Evicts the oldest URL that was not visited since its last turn; visited ones go to the back. */
  #evict(): void {
    for (const [url, known] of this.#known) {
      this.#known.delete(url);
      if (!known.visited) return;
      known.visited = false;
      this.#known.set(url, known);
    }
  }
}

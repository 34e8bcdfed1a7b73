interface Visitable {
  /** Set when it was of use. */
  visited: boolean;
}

/** What is known of URLs, by their exact text: as many as there is room for, those that are of use longest. */
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

  /** The oldest goes, unless it was of use since it was the oldest before. */
  #evict(): void {
    for (const [url, known] of this.#known) {
      this.#known.delete(url);
      if (!known.visited) return;
      known.visited = false;
      this.#known.set(url, known);
    }
  }
}

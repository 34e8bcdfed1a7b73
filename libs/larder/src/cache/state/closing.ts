export interface CloseListener {
  closed(reason: unknown): void;
}

/** Whether the cache has closed. An `AbortSignal` as old as the cache would retain all its followers. */
export class Closing {
  readonly #followers = new Set<CloseListener>();
  #reason: unknown;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  follow(listener: CloseListener): void {
    if (this.aborted) listener.closed(this.#reason);
    else this.#followers.add(listener);
  }

  unfollow(listener: CloseListener): void {
    this.#followers.delete(listener);
  }

  close(): void {
    this.#reason = new DOMException('The cache was closed', 'AbortError');
    for (const listener of this.#followers) listener.closed(this.#reason);
    this.#followers.clear();
  }
}

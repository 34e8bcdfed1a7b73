/** Told when the cache closes. */
export interface Follower {
  closed(reason: unknown): void;
}

/** Whether the cache has closed. An `AbortSignal` that lives as long as the cache would keep what follows it. */
export class Closing {
  readonly #followers = new Set<Follower>();
  #reason: unknown;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  follow(follower: Follower): void {
    if (this.aborted) follower.closed(this.#reason);
    else this.#followers.add(follower);
  }

  unfollow(follower: Follower): void {
    this.#followers.delete(follower);
  }

  close(): void {
    this.#reason = new DOMException('The cache was closed', 'AbortError');
    for (const follower of this.#followers) follower.closed(this.#reason);
    this.#followers.clear();
  }
}

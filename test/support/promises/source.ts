import { type Deferred, defer } from '../defer.js';

/** The source of a cached value that changes, with loads that a test can hold up. */
export class Source {
  value = 'old';
  loads = 0;
  #held: Deferred<void> | undefined;

  /** A load: it returns the value from when the load began, however long it takes. */
  readonly load = async (): Promise<{ value: string }> => {
    this.loads++;
    const found = { value: this.value };
    await this.#held?.promise;
    return found;
  };

  /** Holds up new loads; returns a function that releases them. */
  hold(): () => void {
    const held = defer<void>();
    this.#held = held;
    return () => {
      this.#held = undefined;
      held.resolve();
    };
  }
}

import { type Deferred, defer } from '../defer.js';

/** What is cached: one value that changes, with loads that can be held up. */
export class Source {
  value = 'old';
  loads = 0;
  #held: Deferred<void> | undefined;

  /** What a load gets: the value as it was when the load began, however long it takes. */
  readonly load = async (): Promise<{ value: string }> => {
    this.loads++;
    const found = { value: this.value };
    await this.#held?.promise;
    return found;
  };

  /** Holds up the loads that begin from now on; answers what lets them go. */
  hold(): () => void {
    const held = defer<void>();
    this.#held = held;
    return () => {
      this.#held = undefined;
      held.resolve();
    };
  }
}

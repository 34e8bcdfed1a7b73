import { AsyncScope } from '../../base/async-scope.js';

/** The invalidations of one piece of work, held until it succeeds. */
class Held {
  readonly slots = new Set<number>();
  readonly ends: ((succeeded: boolean) => Promise<void>)[] = [];
  isOpen = true;
}

/** Holds invalidations until the work that makes them, such as a transaction, has succeeded. */
export class DeferredInvalidations {
  readonly #held = new AsyncScope<Held>();

  /** Whether invalidations made here would be held. */
  get isHolding(): boolean {
    return this.#held.current?.isOpen === true;
  }

  /** Holds the slots if this runs inside such work; `false` if it does not. */
  holds(slots: readonly number[]): boolean {
    const held = this.#held.current;
    if (!held?.isOpen) return false;
    for (const slot of slots) held.slots.add(slot);
    return true;
  }

  /** Has `end` called when the work that this runs in has ended; `false` if there is none. */
  holdsEnd(end: (succeeded: boolean) => Promise<void>): boolean {
    const held = this.#held.current;
    if (!held?.isOpen) return false;
    held.ends.push(end);
    return true;
  }

  /**
   * Runs work, then passes on the invalidations it made; nested work passes them to the outer work.
   *
   * @param follow gets the promise of passing them on, as soon as that begins
   */
  async run<T>(
    work: () => Promise<T>,
    release: (slots: readonly number[]) => Promise<unknown>,
    follow: (passing: Promise<void>) => Promise<void>,
  ): Promise<T> {
    const held = new Held();
    try {
      const result = await this.#held.enter(held, work);
      held.isOpen = false;
      await follow(this.#passOn(held, release));
      return result;
    } catch (error) {
      held.isOpen = false;
      await this.#end(held, false);
      throw error;
    } finally {
      this.#held.leave();
    }
  }

  async #passOn(held: Held, release: (slots: readonly number[]) => Promise<unknown>): Promise<void> {
    const slots = [...held.slots];
    if (!this.holds(slots) && slots.length > 0) await release(slots);
    await this.#end(held, true);
  }

  async #end({ ends }: Held, succeeded: boolean): Promise<void> {
    await Promise.all(ends.map((end) => (succeeded && this.holdsEnd(end) ? undefined : end(succeeded))));
  }
}

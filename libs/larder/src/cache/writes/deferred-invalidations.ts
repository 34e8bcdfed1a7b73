import { AsyncScope } from '../../base/async-scope.js';

/** What a piece of work will invalidate once it has succeeded. */
class Held {
  readonly slots = new Set<number>();
  readonly ends: ((succeeded: boolean) => Promise<void>)[] = [];
  isOpen = true;
}

/** Holds invalidations until the work they belong to has succeeded, such as a transaction. */
export class DeferredInvalidations {
  readonly #held = new AsyncScope<Held>();

  /** Whether a piece of work is under way here that invalidations belong to. */
  get isHolding(): boolean {
    return this.#held.current?.isOpen === true;
  }

  /** Whether a piece of work is under way here that invalidations belong to; they are then held. */
  holds(slots: readonly number[]): boolean {
    const held = this.#held.current;
    if (!held?.isOpen) return false;
    for (const slot of slots) held.slots.add(slot);
    return true;
  }

  /** Has `end` called when the work under way here has ended, or answers `false` if there is none. */
  holdsEnd(end: (succeeded: boolean) => Promise<void>): boolean {
    const held = this.#held.current;
    if (!held?.isOpen) return false;
    held.ends.push(end);
    return true;
  }

  /**
   * Runs some work, then passes on what it held; work inside other work leaves that to the outer one.
   *
   * @param follow is given the passing on as soon as it begins
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

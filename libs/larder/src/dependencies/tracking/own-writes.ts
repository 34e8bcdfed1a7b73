import type { Clock } from '../../base/clock.js';
import { withinLimit } from '../../base/timeout.js';

export interface OwnWritesOptions {
  readonly clock: Clock;
  /** How long a commit waits for the change feed, in milliseconds. */
  readonly limit: number;
  /** Resolves to whether everything that was committed before the call is delivered; may take long. */
  readonly delivered: () => Promise<boolean>;
  /** Invalidates everything that depends on a table of the database. */
  readonly invalidateAll: () => Promise<unknown>;
  /** Ends that reads share loads that began before a commit and whose dependencies are not known. */
  readonly advance: () => void;
}

/** Lets commits of this process wait until the change feed has delivered them. */
export class OwnWrites {
  readonly #options: OwnWritesOptions;
  /** Resolves when a delivery has ended that took longer than the limit. Until then waiting is of no use. */
  #late: Promise<unknown> | undefined;
  #isOver = false;
  #stop: () => void = () => {};
  readonly #stopped = new Promise<boolean>((resolve) => {
    this.#stop = () => resolve(true);
  });

  constructor(options: OwnWritesOptions) {
    this.#options = options;
  }

  /**
   * Resolves when everything that was committed before the call is delivered. If that takes longer than the limit, it is
   * invalidated as a whole first. Never rejects.
   */
  readonly settle = async (): Promise<void> => {
    if (this.#isOver) return;
    const isDelivered = this.#late === undefined && (await this.#isDelivered());
    if (!isDelivered && !this.#isOver) await this.#options.invalidateAll();
    this.#options.advance();
  };

  /** Lets all go that wait. */
  stop(): void {
    this.#isOver = true;
    this.#stop();
  }

  async #isDelivered(): Promise<boolean> {
    const { clock, delivered, limit } = this.#options;
    const delivery = delivered().catch(() => false);
    return withinLimit(clock, limit, Promise.race([delivery, this.#stopped]), () => {
      const late = delivery.finally(() => {
        if (this.#late === late) this.#late = undefined;
      });
      this.#late = late;
      return false;
    });
  }
}

import type { Demand } from '../demand.js';
import { decodeProfile, encodeProfile } from './profile-format.js';
import type { ProfileStore } from './profile-store.js';

/** How often a write is tried that another process was ahead of. What was not written is part of the next one. */
const TRIES = 3;

/** What the processes of a fleet learned together. */
export class SharedProfile {
  readonly #store: ProfileStore;

  constructor(store: ProfileStore) {
    this.#store = store;
  }

  /**
   * Adds a part to what is stored.
   *
   * @param known what this process knows, the part included: stored if nothing is, as after a loss of the data
   * @returns the whole, and whether it was written; rejects if the store does not answer
   */
  async add(
    part: Demand,
    known: Demand,
    now: number,
  ): Promise<{ readonly whole: Demand; readonly isWritten: boolean }> {
    for (let tries = 1; ; tries++) {
      const stored = await this.#store.read();
      const whole = (stored && (await decodeProfile(stored.bytes))) ?? known;
      whole.passTo(now);
      if (whole !== known) whole.add(part);
      whole.trim();
      const isWritten = await this.#store.write(await encodeProfile(whole), stored?.revision);
      if (isWritten || tries === TRIES) return { whole, isWritten };
    }
  }
}

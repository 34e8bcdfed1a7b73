import { Demand, MAX_KEYS } from './demand.js';
import type { Counts } from './ledger.js';
import type { SharedProfile } from './profile/shared-profile.js';

/** How much the latest life of a value counts. */
const LIFE_WEIGHT = 0.1;
/** Milliseconds; a longer life counts as this. */
const MAX_LIFE = 86_400_000;

interface Ask {
  readonly method: string;
  readonly given: string;
}

/** Collects which keys callers ask for in a minute, and adds them to what this process, or the fleet, has learned. */
export class DemandLog {
  readonly #shared: SharedProfile | undefined;
  /** Of this minute, by id. */
  readonly #asked = new Map<string, Ask>();
  #demand: Demand;
  /** What the shared profile lacks. */
  #part: Demand;

  constructor(shared: SharedProfile | undefined, now: number) {
    this.#shared = shared;
    this.#demand = new Demand(now);
    this.#part = new Demand(now);
  }

  /** All that was learned. */
  get demand(): Demand {
    return this.#demand;
  }

  hasAsked(id: string): boolean {
    return this.#asked.has(id);
  }

  /** Counts a key for this minute. @param given the parameters of its call, as JSON */
  ask(method: string, id: string, given: string): void {
    if (this.#asked.size < MAX_KEYS || this.#asked.has(id)) this.#asked.set(id, { method, given });
  }

  /** Ends a minute. @returns the ids that were asked for in it */
  fold(now: number): string[] {
    this.#demand.passTo(now);
    for (const demand of this.#both) {
      for (const [id, { method, given }] of this.#asked) demand.ask(method, id, given, now);
      demand.trim();
    }
    const ids = [...this.#asked.keys()];
    this.#asked.clear();
    return ids;
  }

  count(what: keyof Counts, count = 1): void {
    for (const { counts } of this.#both) counts[what] += count;
  }

  /** @param life milliseconds that a value of the method could be served */
  lived(method: string, life: number): void {
    for (const demand of this.#both) {
      const group = demand.groups.get(method);
      if (group === undefined) continue;
      const known = group.life || this.#demand.groups.get(method)?.life || Math.min(life, MAX_LIFE);
      group.life = known + LIFE_WEIGHT * (Math.min(life, MAX_LIFE) - known);
    }
  }

  /**
   * Exchanges what was learned with the other processes. Rejects if the store does not answer; then nothing is lost.
   *
   * @param compare receives the whole before it replaces what this process knew
   */
  async exchange(now: number, compare: (whole: Demand) => void): Promise<void> {
    if (this.#shared === undefined) return;
    const part = this.#part;
    this.#part = new Demand(now);
    try {
      const { whole, isWritten } = await this.#shared.add(part, this.#demand, now);
      compare(whole);
      // What was counted meanwhile.
      if (whole !== this.#demand) whole.add(this.#part);
      this.#demand = whole;
      if (!isWritten) this.#return(part);
    } catch (error) {
      this.#return(part);
      throw error;
    }
  }

  #return(part: Demand): void {
    this.#part.add(part);
    this.#part.trim();
  }

  get #both(): readonly Demand[] {
    return this.#shared === undefined ? [this.#demand] : [this.#demand, this.#part];
  }
}

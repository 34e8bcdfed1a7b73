import { LarderBatchError } from '../../base/errors.js';

interface Asked<Id> {
  readonly ids: readonly Id[];
  readonly resolve: (values: readonly unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes the loads of one event-loop turn one call, as a DataLoader does (github.com/graphql/dataloader). The call runs in the
 * async context of the first one; its error reaches all. No two loads have the same id: later ones join the flight of its key.
 */
export class LoadGatherer<Id> {
  readonly #load: (ids: readonly Id[]) => Promise<unknown>;
  readonly #method: () => string;
  #asked: Asked<Id>[] = [];

  /** @param method the name of the method for errors */
  constructor(load: (ids: readonly Id[]) => Promise<unknown>, method: () => string) {
    this.#load = load;
    this.#method = method;
  }

  /** @throws LarderBatchError if the call does not return one value per id; any error of the call */
  load(ids: readonly Id[]): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) setImmediate(() => void this.#run());
      this.#asked.push({ ids, resolve, reject });
    });
  }

  async #run(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const ids = asked.flatMap((one) => one.ids);
    try {
      const values = await this.#load(ids);
      if (!Array.isArray(values)) throw new LarderBatchError(ids.length, `a ${typeof values}`, this.#method());
      if (values.length !== ids.length) throw new LarderBatchError(ids.length, String(values.length), this.#method());
      let from = 0;
      for (const { ids: own, resolve } of asked) {
        resolve(values.slice(from, from + own.length));
        from += own.length;
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

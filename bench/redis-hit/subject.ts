import type { Candidate } from '../measure/rounds.js';

/** Reads values that are all in Redis. */
export interface Subject {
  readonly name: string;
  read(id: string): Promise<unknown>;
  readMany?(ids: readonly string[]): Promise<unknown>;
}

/** A load that must not run: everything is stored. */
export function noHit(): never {
  throw new Error('This was no hit.');
}

/** One caller reads sequentially. */
export function inSequence({ name, read }: Subject): Candidate<string> {
  return {
    name,
    run: async (ids) => {
      for (const id of ids) await read(id);
    },
  };
}

/** So many concurrent callers, each reading its next value after the previous one. No two read the same. */
export function atOnce(callers: number, { name, read }: Subject): Candidate<string> {
  return {
    name,
    run: async (ids) => {
      let next = 0;
      const call = async () => {
        while (next < ids.length) await read(ids[next++] as string);
      };
      await Promise.all(Array.from({ length: callers }, call));
    },
  };
}

/** One caller that reads many values per call, if the subject can do that. */
export function inBatches({ name, readMany }: Subject): Candidate<readonly string[]>[] {
  if (readMany === undefined) return [];
  const run = async (batches: readonly (readonly string[])[]) => {
    for (const batch of batches) await readMany(batch);
  };
  return [{ name, run }];
}

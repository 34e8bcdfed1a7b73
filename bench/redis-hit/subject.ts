import type { Candidate } from '../measure/rounds.js';

/** Something that reads values from Redis, all of which are there. */
export interface Subject {
  readonly name: string;
  read(id: string): Promise<unknown>;
  readMany?(ids: readonly string[]): Promise<unknown>;
}

/** A load that must not happen: everything is stored. */
export function noHit(): never {
  throw new Error('This was no hit.');
}

/** One caller after the other. */
export function inSequence({ name, read }: Subject): Candidate<string> {
  return {
    name,
    run: async (ids) => {
      for (const id of ids) await read(id);
    },
  };
}

/** So many callers at once, each of which asks for the next value when it has one. No two ask for the same. */
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

/** One caller that asks for many values with each call, if the subject can do that. */
export function inBatches({ name, readMany }: Subject): Candidate<readonly string[]>[] {
  if (readMany === undefined) return [];
  const run = async (batches: readonly (readonly string[])[]) => {
    for (const batch of batches) await readMany(batch);
  };
  return [{ name, run }];
}

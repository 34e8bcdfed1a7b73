import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../history/random.js';
import type { Site } from '../site/site.js';

/** A kind of fault. It is repaired when `run` resolves. */
export interface FaultKind {
  readonly name: string;
  readonly of: Part;
  readonly run: (site: Site, random: Random) => Promise<unknown>;
  /** Counted views may be lost: Redis loses its data, or a process dies with unsent views. */
  readonly losesViews?: true;
  /** Written views may be written again: Redis has them once more (docs/counters.md). */
  readonly repeatsViews?: true;
  /** Milliseconds beyond the bound in which writes acknowledged by a lost master may be missing (P3a). */
  readonly rejoin?: number;
}

export type Part = 'Redis' | 'PostgreSQL' | 'processes';

/** Begins a state, waits, and ends it. */
export async function lasting(milliseconds: number, begin: () => unknown, end: () => unknown): Promise<void> {
  await begin();
  try {
    await delay(milliseconds);
  } finally {
    await end();
  }
}

/** Repeats a step. */
export async function repeated(times: number, pause: number, step: () => unknown): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    await step();
    await delay(pause);
  }
}

/** Several kinds in sequence under one load. Clients may be refused what the first kind allows. */
export function together(kinds: readonly [FaultKind, ...FaultKind[]]): FaultKind {
  return {
    name: kinds.map(({ name }) => name).join(', '),
    of: kinds[0].of,
    run: async (site, random) => {
      for (const kind of kinds) await kind.run(site, random);
    },
    ...(kinds.some(({ losesViews }) => losesViews) && { losesViews: true }),
    ...(kinds.some(({ repeatsViews }) => repeatsViews) && { repeatsViews: true }),
    rejoin: Math.max(...kinds.map(({ rejoin = 0 }) => rejoin)),
  };
}

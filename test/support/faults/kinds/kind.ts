import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../history/random.js';
import type { Site } from '../site/site.js';

/** One way in which something fails. It is over, and mended, when `run` resolves. */
export interface FaultKind {
  readonly name: string;
  readonly of: Part;
  readonly run: (site: Site, random: Random) => Promise<unknown>;
  /** Views that were counted may be lost with it: Redis loses its data, or a process dies with what it had not sent. */
  readonly losesViews?: true;
  /** Views that were written already may be written again: Redis has them once more (docs/counters.md). */
  readonly repeatsViews?: true;
  /** Milliseconds beyond the bound in which what a lost master had acknowledged may be missing (P3a). */
  readonly rejoin?: number;
}

export type Part = 'Redis' | 'PostgreSQL' | 'processes';

/** Does something, waits, and undoes it. */
export async function lasting(milliseconds: number, begin: () => unknown, end: () => unknown): Promise<void> {
  await begin();
  try {
    await delay(milliseconds);
  } finally {
    await end();
  }
}

/** Does something again and again. */
export async function repeated(times: number, pause: number, step: () => unknown): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    await step();
    await delay(pause);
  }
}

/** Several kinds as one: one after the other under one load. Clients may be refused what they may be by the first. */
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

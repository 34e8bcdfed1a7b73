import { z } from 'zod';

/** A call answered within this many seconds counts as in time. */
export const IN_TIME = 20;

/** Call figures that can be added up. */
export const figures = z
  .object({
    calls: z.int(),
    answered: z.int(),
    inTime: z.int().meta({ description: `Answered within ${IN_TIME} seconds.` }),
    waitSeconds: z.int().meta({ description: 'Sum over all calls.' }),
    talkSeconds: z.int(),
  })
  .meta({ id: 'CallFigures' });
export type Figures = z.infer<typeof figures>;

export function sumOf(all: readonly Figures[]): Figures {
  const sum = { calls: 0, answered: 0, inTime: 0, waitSeconds: 0, talkSeconds: 0 };
  for (const each of all) {
    sum.calls += each.calls;
    sum.answered += each.answered;
    sum.inTime += each.inTime;
    sum.waitSeconds += each.waitSeconds;
    sum.talkSeconds += each.talkSeconds;
  }
  return sum;
}

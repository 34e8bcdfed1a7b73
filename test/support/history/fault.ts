import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.js';

/** A fault. It is over when `run` resolves. */
export interface Fault {
  readonly name: string;
  readonly run: (random: Random) => Promise<void>;
}

/** A fault that lasts for a random time. */
export function lasting(
  name: string,
  [least, most]: readonly [number, number],
  begin: (random: Random, milliseconds: number) => unknown,
  end: () => unknown = () => {},
): Fault {
  return {
    name,
    run: async (random) => {
      const milliseconds = random.between(least, most);
      await begin(random, milliseconds);
      await delay(milliseconds);
      await end();
    },
  };
}

/** Runs random faults in sequence, with a pause after each, until the end. */
export async function suffer(
  faults: readonly Fault[],
  random: Random,
  until: number,
  tell: (what: string) => void,
): Promise<void> {
  if (faults.length === 0) return;
  for (;;) {
    await delay(random.between(100, 2000));
    if (performance.now() > until) return;
    const fault = random.oneOf(faults);
    tell(fault.name);
    await fault.run(random);
    tell(`${fault.name} is over`);
  }
}

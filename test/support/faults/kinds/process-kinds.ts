import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../history/random.js';
import type { SiteArena } from '../site/site-arena.js';
import type { FaultKind } from './kind.js';

export const PROCESS_KINDS: readonly FaultKind[] = [
  kind('process-paused', (arena, random) => arena.pause(random.between(500, 4000))),
  kind('event-loop-blocked', (arena) => arena.block()),
  kind('clock-jumps', async (arena) => {
    arena.jumpInTime();
    await delay(1000);
    arena.jumpInTime();
  }),
  kind('process-stopped', (arena) => arena.stopAndReplace()),
  kind('process-killed', (arena) => arena.killAndReplace(), { losesViews: true }),
];

function kind(
  name: string,
  run: (arena: SiteArena, random: Random) => Promise<unknown>,
  more: Pick<FaultKind, 'losesViews'> = {},
): FaultKind {
  return { name, of: 'processes', run: ({ arenas }, random) => run(random.oneOf(arenas), random), ...more };
}

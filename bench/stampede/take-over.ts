import { median } from '../measure/figures.js';
import { SUPPORT, startRedis } from '../measure/redis.js';

const ROUNDS = 5;
const PROCESSES = 4;
const CALLERS = 1_000;
const LOAD = 50;
/** How long a lease outlives its process, in milliseconds (`libs/larder/src/redis-cache/redis-leases.ts`). */
const LEASE = 2_000;

interface Callers {
  ask(): Promise<readonly ('killed' | { readonly took: number })[]>;
  stop(): Promise<void>;
}
interface CallersType {
  start(count: number, options: object): Promise<Callers>;
}

/** How long callers wait after the loading process was killed, until another has loaded: in lease TTLs, the median of a few. */
export async function takeOver(): Promise<number> {
  const { Callers }: { Callers: CallersType } = await import(new URL('callers/callers.js', SUPPORT).href);
  const longest: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const redis = await startRedis();
    const callers = await Callers.start(PROCESSES, {
      redis: redis.url,
      callers: CALLERS,
      loadTime: LOAD,
      firstDies: true,
    });
    const left = (await callers.ask()).filter((outcome) => outcome !== 'killed');
    longest.push(Math.max(...left.map(({ took }) => took)));
    await callers.stop();
    await redis.stop();
  }
  return median(longest) / LEASE;
}

import { setTimeout as delay } from 'node:timers/promises';

/**
 * Does some work, and again after a failure.
 *
 * @param repetitions most attempts after the first
 * @param waitAfter told of every failure and of how many there were; answers the milliseconds to wait before the next
 *   attempt, or nothing if there shall be none
 * @throws what the last attempt threw
 */
export async function retry<Result>(
  work: () => Promise<Result>,
  repetitions: number,
  waitAfter: (error: unknown, failures: number) => number | undefined,
): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      const wait = waitAfter(error, failures);
      if (wait === undefined || failures > repetitions) throw error;
      await delay(wait);
    }
  }
}

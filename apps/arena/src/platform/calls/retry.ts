import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work`, and retries it after a failure.
 *
 * @param repetitions maximum number of attempts after the first
 * @param waitAfter receives the error and the number of failures; returns the milliseconds before the next attempt, or
 *   `undefined` for no further attempt
 * @throws the error of the last attempt
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

import type { Clock } from './clock.js';

/**
 * What some work brings, unless it takes longer than a limit: then what `expired` answers or throws, whatever the work does
 * later.
 *
 * @param limit milliseconds; `Infinity` for none
 */
export function withinLimit<T>(
  clock: Clock,
  limit: number,
  work: Promise<T>,
  expired: () => T | Promise<T>,
): Promise<T> {
  if (limit === Number.POSITIVE_INFINITY) return work;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limit, () => {
      try {
        resolve(expired());
      } catch (error) {
        reject(error);
      }
    });
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error) => {
        cancel();
        reject(error);
      },
    );
  });
}

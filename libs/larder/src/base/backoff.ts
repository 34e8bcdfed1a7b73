/**
 * The delay before the next try, in milliseconds: doubles with each try up to a limit, minus a random part of up to half, so
 * that callers that failed together do not retry together.
 *
 * @param tries the number of failed tries, from 0
 */
export function backOff(tries: number, first: number, longest: number, random: () => number): number {
  return Math.min(longest, first * 2 ** Math.min(tries, 30)) * (0.5 + random() / 2);
}

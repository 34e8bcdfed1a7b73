/**
 * How long to wait before the next try, in milliseconds: twice as long each time, up to a limit, and by chance up to half of
 * that less, so that many who failed at the same moment do not come back at the same moment.
 *
 * @param tries how many have failed: 0 and up
 */
export function backOff(tries: number, first: number, longest: number, random: () => number): number {
  return Math.min(longest, first * 2 ** Math.min(tries, 30)) * (0.5 + random() / 2);
}

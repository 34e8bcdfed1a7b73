import { LarderRedisError } from '../errors.js';

/**
 * What a remote call answers, unless it takes longer than a deadline: then a LarderRedisError, whatever the call does later.
 *
 * @param deadline milliseconds
 */
export function withDeadline<T>(call: Promise<T>, deadline: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(new LarderRedisError('timeout', `${what} was not answered within ${deadline} ms`));
    // Where this process itself was busy, the answer may lie in the socket: it is read before the immediate runs.
    const timer = setTimeout(() => setImmediate(expire), deadline);
    const end =
      <Outcome>(settle: (outcome: Outcome) => void) =>
      (outcome: Outcome) => {
        clearTimeout(timer);
        settle(outcome);
      };
    call.then(end(resolve), end(reject));
  });
}

import { LarderRedisError } from '../base/errors.js';

/**
 * What a remote call answers, unless it takes longer than a timeout: then a LarderRedisError, whatever the call does later.
 *
 * @param timeout milliseconds
 * @param faultOf told of the error it will reject with, and answers what becomes of it
 */
export function withTimeout<T>(
  call: Promise<T>,
  timeout: number,
  what: string,
  faultOf: (error: unknown) => unknown = (error) => error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const expire = () => {
      if (!isOver) reject(faultOf(new LarderRedisError('timeout', `${what} was not answered within ${timeout} ms`)));
    };
    // Where this process itself was busy, the answer may lie in the socket: it is read before the immediate runs.
    const timer = setTimeout(() => setImmediate(expire), timeout);
    const end = () => {
      isOver = true;
      clearTimeout(timer);
    };
    call.then(
      (answer) => {
        end();
        resolve(answer);
      },
      (error) => {
        end();
        reject(faultOf(error));
      },
    );
  });
}

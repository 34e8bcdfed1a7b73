import { LarderRedisError } from '../base/errors.js';

/**
 * Resolves like the call, or rejects with a LarderRedisError after the timeout; a later reply is ignored.
 *
 * @param timeout milliseconds
 * @param what names the call in the error
 * @param faultOf maps the error of a rejection
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
    // If the event loop was blocked, the reply may be in the socket: it is read before the immediate runs.
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

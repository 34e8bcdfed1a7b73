import 'reflect-metadata';
import { defer, lastValueFrom, type Observable, Subscription } from 'rxjs';
import type { Clock } from '../base/clock.js';
import { LarderDecoratorError, LarderTimeoutError } from '../base/errors.js';

/** How long an Observable may stay open after its value, in milliseconds, before it counts as endless. */
const COMPLETION_TIMEOUT = 5000;

type Method<Instance> = (this: Instance, ...parameters: never[]) => unknown;

/** Whether a method declares that it returns an Observable. */
export function declaresObservable(target: object, property: string | symbol): boolean {
  const returned: unknown = Reflect.getMetadata('design:returntype', target, property);
  return typeof returned === 'function' && returned.name === 'Observable';
}

/** A method that runs at each subscription, and emits what the given method returns: a promise or an Observable. */
export function asObservable<Instance>(method: Method<Instance>): Method<Instance> {
  return function (this: Instance, ...given: never[]) {
    return defer(() => method.apply(this, given) as Promise<unknown> | Observable<unknown>);
  };
}

/**
 * The value of an Observable that emits one value, or none, and completes. Refuses others at the second value, or if they are
 * still open {@link COMPLETION_TIMEOUT} after the first. Unsubscribes when the signal says that the time of the load is over.
 *
 * @throws LarderDecoratorError naming the method; any error of the Observable; LarderTimeoutError
 */
export function onlyValueOf(
  source: Observable<unknown>,
  clock: Clock,
  method: string,
  signal?: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const subscription = new Subscription();
    if (signal !== undefined) {
      const abandon = () => {
        // A cache that closes leaves its loads to their callers.
        if (!(signal.reason instanceof LarderTimeoutError)) return;
        subscription.unsubscribe();
        reject(signal.reason);
      };
      signal.addEventListener('abort', abandon);
      subscription.add(() => signal.removeEventListener('abort', abandon));
    }
    let values = 0;
    let only: unknown;
    const refuse = (problem: string) => {
      subscription.unsubscribe();
      reject(endless(method, problem));
    };
    subscription.add(
      source.subscribe({
        next: (value) => {
          values++;
          if (values > 1) {
            refuse('emits more than one value');
            return;
          }
          only = value;
          const late = `is still open ${COMPLETION_TIMEOUT / 1000} s after its value`;
          subscription.add(clock.after(COMPLETION_TIMEOUT, () => refuse(late)));
        },
        error: (error) => {
          subscription.unsubscribe();
          reject(error);
        },
        complete: () => {
          subscription.unsubscribe();
          resolve(only);
        },
      }),
    );
  });
}

/** The last value of an Observable, when it completes; `undefined` if it emits none. */
export function lastValueOf(source: Observable<unknown>): Promise<unknown> {
  return lastValueFrom(source, { defaultValue: undefined });
}

/** The error of a method that only its return value shows to return an Observable, to a caller that expects one. */
export function undeclared(method: string): LarderDecoratorError {
  return new LarderDecoratorError(
    `${method} returns an Observable, and its callers would get a promise. Declare the type that it returns, as ` +
      'in `one(id: string): Observable<Item>`, and import Observable without `type`; or return a promise.',
  );
}

function endless(method: string, problem: string): LarderDecoratorError {
  return new LarderDecoratorError(
    `${method} returns an Observable that ${problem}, and the cache stores one value. ` +
      'Make it one value (first(), toArray() or firstValueFrom()), or remove @Cacheable.',
  );
}

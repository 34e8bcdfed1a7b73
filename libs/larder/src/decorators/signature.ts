import type { Key } from '../keys/key.js';
import type { Tag, Target } from '../keys/target.js';

/** A method that can be cached: it answers a promise, as a call that may be answered by the cache must. */
type CachedMethod = (...parameters: never[]) => Promise<unknown>;

export type KeyFunction = (...parameters: never[]) => Key;
export type Tags = readonly (Tag | string)[] | ((...parameters: never[]) => readonly (Tag | string)[]);
export type Targets = readonly Target[] | ((...parameters: never[]) => readonly Target[]);
export type Condition = (...parameters: never[]) => boolean;

/**
 * Nothing to object to if what was given to a decorator can be called with these parameters, is a list, or is the widest
 * type there is, which stands for an option that was left out.
 */
type Takes<Value, Passed extends readonly unknown[], What extends string> = [Callable<never>] extends [Value]
  ? unknown
  : Value extends Callable<unknown>
    ? Value extends (...parameters: Passed) => unknown
      ? unknown
      : { readonly [Name in `The ${What} function takes other parameters than the method`]: Passed }
    : unknown;

type Callable<Answer> = (...parameters: never[]) => Answer;

type Result<Method extends CachedMethod> = Awaited<ReturnType<Method>>;

/** Functions of a decorator, by what they are for. */
interface Functions {
  readonly key?: KeyFunction;
  readonly tags?: Tags;
  readonly when?: Condition;
  readonly targets?: Targets;
}

type Fits<Given extends Functions, Method extends CachedMethod> = Takes<Given['key'], Parameters<Method>, 'key'> &
  Takes<Given['tags'], Parameters<Method>, 'tags'> &
  Takes<Given['when'], Parameters<Method>, 'when'> &
  Takes<Given['targets'], [...Parameters<Method>, Result<Method>], 'targets'>;

/** A decorator for methods whose parameters the given functions take; for any other it does not compile. */
export type FittingDecorator<Given extends Functions> = <Method extends CachedMethod>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> & Fits<Given, Method>,
) => void;

import type { Key } from '../keys/key.js';
import type { Tag, Target } from '../keys/target.js';

/** A method that can be cached: it answers a promise, as a call that may be answered by the cache must. */
export type CachedMethod = (...parameters: never[]) => Promise<unknown>;

export type KeyFunction = (...parameters: never[]) => Key;
export type TagsFunction = (...parameters: never[]) => readonly (Tag | string)[];
export type TargetsFunction = (...parameters: never[]) => readonly Target[];
export type Condition = (...parameters: never[]) => boolean;

/** What the functions given to a decorator take: the parameters of the method, or those and its result. */
type Takes<Function, Given extends readonly unknown[], What extends string> = Function extends (
  ...parameters: Given
) => unknown
  ? unknown
  : { readonly [Name in `The ${What} function takes other parameters than the method`]: Given };

type Result<Method extends CachedMethod> = Awaited<ReturnType<Method>>;

/** Functions of a decorator, by what they are for. */
export interface Functions {
  readonly key?: KeyFunction;
  readonly tags?: TagsFunction;
  readonly when?: Condition;
  readonly targets?: TargetsFunction;
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

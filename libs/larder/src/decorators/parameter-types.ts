import type { Key } from '../keys/key.js';
import type { Tag, Target } from '../keys/target.js';

/** A method that can be cached: it answers a promise, as a call that may be answered by the cache must. */
type CachedMethod = (...parameters: never[]) => Promise<unknown>;

export type KeyFunction = (...parameters: never[]) => Key;
export type Tags = readonly (Tag | string)[] | ((...parameters: never[]) => readonly (Tag | string)[]);
export type ValueTags = (value: never) => readonly (Tag | string)[];
export type Targets = readonly Target[] | ((...parameters: never[]) => readonly Target[]);
export type Condition = (...parameters: never[]) => boolean;
/** The parameters of another call of the same method, or `undefined`. */
export type Prefetch = (...parameters: never[]) => Arguments | undefined;

/** Calls of the method by their parameters, or what answers them; `true` for the one without parameters. */
export type Critical = boolean | readonly Arguments[] | ((instance: never) => Lists | Promise<Lists>);

type Lists = readonly Arguments[];

/** Named so that the compiler takes a list in its place for what it is, parameter by parameter. */
type Arguments = readonly [] | readonly [unknown, ...unknown[]] | readonly unknown[];

/**
 * Nothing to object to if what was given to a decorator can be called with this instance and these parameters, is a list, or is the widest
 * type there is, which stands for an option that was left out.
 */
type Takes<Value, This, Passed extends readonly unknown[], What extends string> = [Callable<never>] extends [Value]
  ? unknown
  : Value extends Callable<unknown>
    ? Value extends (...parameters: Passed) => unknown
      ? Value extends (this: This, ...parameters: Passed) => unknown
        ? unknown
        : { readonly [Name in `The ${What} function has a this of another class`]: This }
      : { readonly [Name in `The ${What} function takes other parameters than the method`]: Passed }
    : unknown;

type Callable<Answer> = (...parameters: never[]) => Answer;

type Result<Method extends CachedMethod> = Awaited<ReturnType<Method>>;

/** Functions of a decorator, by what they are for. */
interface Functions {
  readonly key?: KeyFunction;
  readonly tags?: Tags;
  readonly valueTags?: ValueTags;
  readonly when?: Condition;
  readonly targets?: Targets;
  readonly prefetch?: Prefetch;
  readonly critical?: Critical;
}

type Fits<Given extends Functions, This, Method extends CachedMethod> = Takes<
  Given['key'],
  This,
  Parameters<Method>,
  'key'
> &
  Takes<Given['tags'], This, Parameters<Method>, 'tags'> &
  Takes<Given['valueTags'], This, [NonNullable<Result<Method>>], 'valueTags'> &
  Takes<Given['when'], This, Parameters<Method>, 'when'> &
  Takes<Given['targets'], This, [...Parameters<Method>, Result<Method>], 'targets'> &
  Takes<Given['prefetch'], This, Parameters<Method>, 'prefetch'> &
  Predicts<Given['prefetch'], Parameters<Method>> &
  Calls<Given['critical'], Parameters<Method>>;

/** A list whose length the compiler does not know is taken by what is in it. */
type ArgumentsFor<Passed extends readonly unknown[]> = readonly [...Passed] | readonly Passed[number][];

type Predicts<Value, Passed extends readonly unknown[]> = [Callable<never>] extends [Value]
  ? unknown
  : Value extends Callable<infer Answer>
    ? [Answer] extends [ArgumentsFor<Passed> | undefined]
      ? unknown
      : { readonly 'The prefetch function answers other parameters than those of the method': Passed }
    : unknown;

type Calls<Value, Passed extends readonly unknown[]> = [Critical] extends [Value]
  ? unknown
  : [Value] extends [true]
    ? [] extends Passed
      ? unknown
      : { readonly 'critical: true is for methods that can be called without parameters': Passed }
    : [ListsOf<Value>] extends [readonly ArgumentsFor<Passed>[] | boolean]
      ? unknown
      : { readonly 'The critical calls have other parameters than the method': Passed };

type ListsOf<Value> = Value extends Callable<infer Answer> ? Awaited<Answer> : Value;

/** A decorator for methods whose parameters the given functions take; for any other it does not compile. */
export type FittingDecorator<Given extends Functions> = <This extends object, Method extends CachedMethod>(
  target: This,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> & Fits<Given, This, Method>,
) => void;

/** A method that answers one value, or nothing, for each of the ids it is given, in their order. */
type BatchMethod = (ids: readonly never[]) => Promise<readonly unknown[]>;

type Id<Method extends BatchMethod> = Parameters<Method>[0][number];

/** The method takes no more than its ids: what else it took would not be part of any key. */
type TakesIdsOnly<Passed extends readonly unknown[]> = Passed['length'] extends 1
  ? unknown
  : { readonly 'A batch method takes its ids and nothing else': Passed };

/** Like {@link FittingDecorator} for batch methods: `key` and `tags` take one id, `valueTags` one value, `when` all ids. */
export type FittingBatchDecorator<Given extends Omit<Functions, 'targets' | 'prefetch' | 'critical'>> = <
  This extends object,
  Method extends BatchMethod,
>(
  target: This,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> &
    TakesIdsOnly<Parameters<Method>> &
    Takes<Given['key'], This, [Id<Method>], 'key'> &
    Takes<Given['tags'], This, [Id<Method>], 'tags'> &
    Takes<Given['valueTags'], This, [NonNullable<Result<Method>[number]>], 'valueTags'> &
    Takes<Given['when'], This, Parameters<Method>, 'when'>,
) => void;

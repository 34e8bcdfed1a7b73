import type { Observable } from 'rxjs';
import type { Duration } from '../base/units.js';
import type { Key } from '../keys/key.js';
import type { Tag, Target } from '../keys/target.js';

/** A method that can be cached: it must return a promise, or an Observable of one value. */
type CachedMethod = (...parameters: never[]) => Promise<unknown> | Observable<unknown>;

export type KeyFunction = (...parameters: never[]) => Key;
export type Tags = readonly (Tag | string)[] | ((...parameters: never[]) => readonly (Tag | string)[]);
export type ValueTags = (value: never) => readonly (Tag | string)[];
/** A duration, or a function of the value, and then of the parameters. */
export type Ttl = Duration | ((value: never, ...parameters: never[]) => Duration);
export type Targets = readonly Target[] | ((...parameters: never[]) => readonly Target[]);
export type Condition = (...parameters: never[]) => boolean;
/** Returns the parameters of another call of the same method, or `undefined`. */
export type Prefetch = (...parameters: never[]) => Arguments | undefined;

/** Parameters of the calls, or a function that returns them; `true` for the call without parameters. */
export type Critical = boolean | readonly Arguments[] | ((instance: never) => Lists | Promise<Lists>);

type Lists = readonly Arguments[];

/** Makes the compiler infer a list in its place as a tuple. */
type Arguments = readonly [] | readonly [unknown, ...unknown[]] | readonly unknown[];

/**
 * Accepts a function that can be called with this instance and these parameters, a list, or the widest type, which stands for
 * an omitted option.
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

type Result<Method extends CachedMethod> =
  ReturnType<Method> extends Observable<infer Value> ? Value : Awaited<ReturnType<Method>>;

/** Functions of a decorator, by what they are for. */
interface Functions {
  readonly key?: KeyFunction;
  readonly tags?: Tags;
  readonly valueTags?: ValueTags;
  readonly ttl?: Ttl;
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
  Takes<Given['ttl'], This, [NonNullable<Result<Method>>, ...Parameters<Method>], 'ttl'> &
  Takes<Given['when'], This, Parameters<Method>, 'when'> &
  Takes<Given['targets'], This, [...Parameters<Method>, Result<Method>], 'targets'> &
  Takes<Given['prefetch'], This, Parameters<Method>, 'prefetch'> &
  Predicts<Given['prefetch'], Parameters<Method>> &
  Calls<Given['critical'], Parameters<Method>>;

/** Accepts a list of unknown length by the type of its elements. */
type ArgumentsFor<Passed extends readonly unknown[]> = readonly [...Passed] | readonly Passed[number][];

type Predicts<Value, Passed extends readonly unknown[]> = [Callable<never>] extends [Value]
  ? unknown
  : Value extends Callable<infer Answer>
    ? [Answer] extends [ArgumentsFor<Passed> | undefined]
      ? unknown
      : { readonly 'The prefetch function returns other parameters than those of the method': Passed }
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

/** A decorator for methods whose parameters fit the given functions; on any other method it does not compile. */
export type FittingDecorator<Given extends Functions> = <This extends object, Method extends CachedMethod>(
  target: This,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method> & Fits<Given, This, Method>,
) => void;

/** A method that returns one value, or `undefined`, per given id, in their order. */
type BatchMethod = (ids: readonly never[]) => Promise<readonly unknown[]>;

type Id<Method extends BatchMethod> = Parameters<Method>[0][number];

/** A batch method takes only its ids: a further parameter would not be part of any key. */
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
    Takes<Given['valueTags'], This, [NonNullable<Awaited<ReturnType<Method>>[number]>], 'valueTags'> &
    Takes<Given['ttl'], This, [NonNullable<Awaited<ReturnType<Method>>[number]>, Id<Method>], 'ttl'> &
    Takes<Given['when'], This, Parameters<Method>, 'when'>,
) => void;

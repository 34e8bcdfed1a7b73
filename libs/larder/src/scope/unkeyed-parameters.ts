import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { CacheablePlan, Plan } from '../decorators/plan.js';
import { givenParameters, type HandlerParameter, type Transport } from '../nest/handler-parameters.js';

type Kinds = Readonly<Record<number, string>>;

const GRAPHQL: Kinds = { 0: '@Parent()', 1: '@Context()', 2: '@Info()' };
const RPC: Kinds = { 3: '@Payload()', 6: '@Ctx()', 9: '@GrpcCall()' };

/** By transport: parameters that callers choose or that identify them, by Nest's numbers. Not URLs and GraphQL arguments. */
const WRITTEN_BY_CALLERS: Readonly<Record<Transport, Kinds>> = {
  http: {
    0: '@Req()',
    3: '@Body()',
    6: '@Headers()',
    7: '@Session()',
    8: '@UploadedFile()',
    9: '@UploadedFiles()',
    10: '@HostParam()',
    11: '@Ip()',
    12: '@RawBody()',
    14: '@Cookies()',
    15: '@SignedCookies()',
  },
  ws: { 0: '@ConnectedSocket()', 3: '@MessageBody()' },
  rpc: RPC,
  event: RPC,
  graphql: GRAPHQL,
  field: GRAPHQL,
  subscription: GRAPHQL,
};

/** The kind of the first parameter of a handler that callers choose and the key does not contain. */
export function unkeyedParameter(of: Type<unknown>, plan: Plan, transport: Transport): string | undefined {
  if (plan.kind !== 'cacheable') return undefined;
  const { key, property } = plan as CacheablePlan;
  if (takesAll(key)) return undefined;
  const declared = declaredCount(of, property);
  const missing = givenParameters(of, property, transport).find(
    (parameter) =>
      parameter.index >= key.length && parameter.index < declared && nameOf(parameter, transport) !== undefined,
  );
  return missing && nameOf(missing, transport);
}

/** The kind of the first parameter of a handler by which it may know its caller, or reads what the URL does not contain. */
export function callerParameter(
  of: Type<unknown>,
  property: string | symbol,
  transport: Transport,
): string | undefined {
  const declared = declaredCount(of, property);
  for (const parameter of givenParameters(of, property, transport)) {
    const name = parameter.index < declared ? nameOf(parameter, transport) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

function nameOf({ type }: HandlerParameter, transport: Transport): string | undefined {
  return typeof type === 'string' ? 'a parameter with a decorator of its own' : WRITTEN_BY_CALLERS[transport][type];
}

/** Whether a function has a rest parameter, which its `length` does not count. */
function takesAll(key: (...parameters: never[]) => unknown): boolean {
  return /^[^=]*?\([^)]*\.\.\./.test(Function.prototype.toString.call(key));
}

function declaredCount(of: Type<unknown>, property: string | symbol): number {
  const prototype = of.prototype as Record<string | symbol, { readonly length: number }>;
  const types: unknown = Reflect.getMetadata('design:paramtypes', prototype, property);
  return Math.max(prototype[property]?.length ?? 0, Array.isArray(types) ? types.length : 0);
}

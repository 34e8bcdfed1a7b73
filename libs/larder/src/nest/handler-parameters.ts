import 'reflect-metadata';
import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { PARAMETER_KINDS, PATH, ROUTE_PARAMETERS } from './route-metadata.js';

/** What calls a handler. `field`: a resolver of one field or reference, for which Nest runs no guards by default. */
export type Transport = 'http' | 'rpc' | 'event' | 'ws' | 'graphql' | 'field' | 'subscription';

// Metadata keys of Nest and its packages for handlers. The packages need not be installed.
const RPC_HANDLER = 'microservices:handler_type';
const RPC_MESSAGE = 1;
const WS_HANDLER = 'websockets:message_mapping';
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_FIELDS = ['graphql:resolve_property', 'graphql:resolve_reference'];
const CUSTOM = '__customRouteArgs__';
/** The metadata key of the parameters that Larder has added. */
const OUR_PARAMETERS = 'larder:parameters';

/** A parameter that Nest fills. */
export interface HandlerParameter {
  /** Nest's number for its kind; a string for a custom decorator. */
  readonly type: number | string;
  readonly index: number;
  readonly data: unknown;
  readonly schema: unknown;
  /** Classes or instances; absent for a parameter without its own. */
  readonly pipes?: readonly unknown[];
}

type Noted = Readonly<Record<string, Omit<HandlerParameter, 'type'>>>;

/** The kinds of parameters that Nest passes to a handler without parameter decorators; HTTP passes request, response and `next`. */
const UNDECORATED: Readonly<Record<Exclude<Transport, 'http'>, readonly number[]>> = {
  rpc: [3],
  event: [3],
  ws: [0, 3, 13],
  graphql: [0, 3, 1, 2],
  field: [0, 3, 1, 2],
  subscription: [0, 3, 1, 2],
};

/** The transports that call a method; empty for a method that only other code calls. */
export function transportsOf(handler: object): readonly Transport[] {
  const transports: Transport[] = [];
  if (Reflect.hasMetadata(PATH, handler)) transports.push('http');
  const rpc: unknown = Reflect.getMetadata(RPC_HANDLER, handler);
  if (rpc !== undefined) transports.push(rpc === RPC_MESSAGE ? 'rpc' : 'event');
  if (Reflect.getMetadata(WS_HANDLER, handler) === true) transports.push('ws');
  const resolver: unknown = Reflect.getMetadata(RESOLVER_TYPE, handler);
  if (RESOLVER_FIELDS.some((noted) => Reflect.getMetadata(noted, handler) === true)) transports.push('field');
  else if (resolver === 'Subscription') transports.push('subscription');
  else if (resolver !== undefined) transports.push('graphql');
  return transports;
}

/** The parameters that a method declares by decorators, without those that Larder has added. */
export function parametersOf(of: Type<unknown>, property: string | symbol): readonly HandlerParameter[] {
  const ours = ourParameters(of, property);
  return Object.entries(notedParameters(of, property))
    .filter(([key]) => !ours.includes(key))
    .map(([key, { index, data, schema, pipes = [] }]) => {
      const type = key.slice(0, key.lastIndexOf(':'));
      return { type: /^\d+$/.test(type) ? Number(type) : type, index, data, schema, pipes };
    });
}

/** How many arguments Nest passes for the declared parameters. */
export function argumentsOf(of: Type<unknown>, property: string | symbol): number {
  return Math.max(0, ...parametersOf(of, property).map(({ index }) => index + 1));
}

/** The parameters that Nest passes to a method over a transport, also without decorators. */
export function givenParameters(
  of: Type<unknown>,
  property: string | symbol,
  transport: Transport,
): readonly HandlerParameter[] {
  const declared = parametersOf(of, property);
  if (declared.length > 0) return declared;
  const types = transport === 'http' ? [0, 1, 2] : UNDECORATED[transport];
  return types.map((type, index) => ({ type, index, data: undefined, schema: undefined }));
}

/** Wraps the context of a call: pipes can neither read nor copy it. */
export class PassedContext {
  readonly #context: ExecutionContext;

  constructor(context: ExecutionContext) {
    this.#context = context;
  }

  get context(): ExecutionContext {
    return this.#context;
  }
}

const Context = createParamDecorator((_data: unknown, context: ExecutionContext) => new PassedContext(context));

/**
 * Makes Nest pass the context of each call as an extra parameter after the method's own, after guards, over any transport.
 *
 * @returns how many parameters are the method's own, and the index of the context
 */
export function askForContext(
  of: Type<unknown>,
  property: string | symbol,
  transports: readonly Transport[],
): { readonly own: number; readonly at: number } {
  const prototype = of.prototype as object;
  const [transport] = transports;
  if (transport !== 'http' && transport !== undefined && argumentsOf(of, property) === 0) {
    keepUndecorated(of, property, transport);
  }
  const own = argumentsOf(of, property);
  const known = ourParameters(of, property).find((key) => key.includes(CUSTOM));
  if (known !== undefined) return { own, at: notedParameters(of, property)[known]?.index as number };
  const at = nextFree(of, property);
  addParameter(of, property, () => Context()(prototype, property, at));
  return { own, at };
}

/** Adds a parameter after all others, and marks it as Larder's. */
export function addParameter(of: Type<unknown>, property: string | symbol, decorate: (at: number) => void): void {
  const before = Object.keys(notedParameters(of, property));
  decorate(nextFree(of, property));
  const added = Object.keys(notedParameters(of, property)).filter((key) => !before.includes(key));
  Reflect.defineMetadata(OUR_PARAMETERS, [...ourParameters(of, property), ...added], of, property);
}

/** The index of an added parameter of a kind; another application with the same class may have added it. */
export function addedParameter(of: Type<unknown>, property: string | symbol, type: number): number | undefined {
  const key = ourParameters(of, property).find((one) => one.startsWith(`${type}:`));
  return key === undefined ? undefined : notedParameters(of, property)[key]?.index;
}

/** Declares the default parameters of a handler without decorators: Nest stops passing them once a decorator is added. */
function keepUndecorated(of: Type<unknown>, property: string | symbol, transport: Exclude<Transport, 'http'>): void {
  const handler = (of.prototype as Record<string | symbol, { readonly length: number }>)[property];
  if ((transport === 'graphql' || transport === 'field') && handler?.length === 0) return;
  // If an acknowledgement is declared, Nest leaves acknowledging to the method.
  const kept = UNDECORATED[transport].filter((type) => type !== PARAMETER_KINDS.acknowledge);
  const noted = Object.fromEntries(
    kept.map((type, index) => [`${type}:${index}`, { index, data: undefined, pipes: [] }]),
  );
  Reflect.defineMetadata(ROUTE_PARAMETERS, noted, of, property);
}

function nextFree(of: Type<unknown>, property: string | symbol): number {
  return Math.max(0, ...Object.values(notedParameters(of, property)).map(({ index }) => index + 1));
}

function notedParameters(of: Type<unknown>, property: string | symbol): Noted {
  return (Reflect.getMetadata(ROUTE_PARAMETERS, of, property) as Noted | undefined) ?? {};
}

function ourParameters(of: Type<unknown>, property: string | symbol): readonly string[] {
  const noted = notedParameters(of, property);
  const ours = (Reflect.getMetadata(OUR_PARAMETERS, of, property) as readonly string[] | undefined) ?? [];
  return ours.filter((key) => key in noted);
}

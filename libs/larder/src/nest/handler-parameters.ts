import 'reflect-metadata';
import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { PARAMETER_KINDS, PATH, ROUTE_PARAMETERS } from './route-metadata.js';

/** What brings calls to a method. `field`: a resolver of one field or reference, before which Nest runs no guards by default. */
export type Transport = 'http' | 'rpc' | 'event' | 'ws' | 'graphql' | 'field' | 'subscription';

// How Nest and its packages note what a method handles. None of the packages need be installed.
const RPC_HANDLER = 'microservices:handler_type';
const RPC_MESSAGE = 1;
const WS_HANDLER = 'websockets:message_mapping';
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_FIELDS = ['graphql:resolve_property', 'graphql:resolve_reference'];
const CUSTOM = '__customRouteArgs__';
/** Where we note which parameters are ours. */
const OUR_PARAMETERS = 'larder:parameters';

/** A parameter that a decorator fills, or Nest by itself. */
export interface HandlerParameter {
  /** Nest's number for its kind; a text for a decorator that an application has made. */
  readonly type: number | string;
  readonly index: number;
  readonly data: unknown;
  readonly schema: unknown;
}

type Noted = Readonly<Record<string, Omit<HandlerParameter, 'type'>>>;

/** What Nest gives to a handler without parameter decorators, by kind; HTTP passes the request, the response and `next`. */
const UNDECORATED: Readonly<Record<Exclude<Transport, 'http'>, readonly number[]>> = {
  rpc: [3],
  event: [3],
  ws: [0, 3, 13],
  graphql: [0, 3, 1, 2],
  field: [0, 3, 1, 2],
  subscription: [0, 3, 1, 2],
};

/** What brings calls to a method of a class: none for one that only other code calls. */
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

/** The parameters that a method declares by decorators, without those that were added here. */
export function parametersOf(of: Type<unknown>, property: string | symbol): readonly HandlerParameter[] {
  const ours = ourParameters(of, property);
  return Object.entries(notedParameters(of, property))
    .filter(([key]) => !ours.includes(key))
    .map(([key, { index, data, schema }]) => {
      const type = key.slice(0, key.lastIndexOf(':'));
      return { type: /^\d+$/.test(type) ? Number(type) : type, index, data, schema };
    });
}

/** How many arguments Nest gives to a method for the parameters that it declares. */
export function argumentsOf(of: Type<unknown>, property: string | symbol): number {
  return Math.max(0, ...parametersOf(of, property).map(({ index }) => index + 1));
}

/** The parameters that a method gets through a transport, those included that no decorator fills. */
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

/** The context of a call, closed to pipes: they can neither look into it nor copy it. */
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
 * Lets Nest give the context of each call to a method behind its own parameters, after guards, whatever the transport.
 *
 * @returns how many parameters come before it are the method's own, and where it is
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

/** Adds a parameter behind all others, which is no parameter of the method. */
export function addParameter(of: Type<unknown>, property: string | symbol, decorate: (at: number) => void): void {
  const before = Object.keys(notedParameters(of, property));
  decorate(nextFree(of, property));
  const added = Object.keys(notedParameters(of, property)).filter((key) => !before.includes(key));
  Reflect.defineMetadata(OUR_PARAMETERS, [...ourParameters(of, property), ...added], of, property);
}

/** The place of a parameter of a kind that was added here, by any application that has this class. */
export function addedParameter(of: Type<unknown>, property: string | symbol, type: number): number | undefined {
  const key = ourParameters(of, property).find((one) => one.startsWith(`${type}:`));
  return key === undefined ? undefined : notedParameters(of, property)[key]?.index;
}

/** A handler without decorators goes on getting what Nest gives to it, which would stop with the first that we add. */
function keepUndecorated(of: Type<unknown>, property: string | symbol, transport: Exclude<Transport, 'http'>): void {
  const handler = (of.prototype as Record<string | symbol, { readonly length: number }>)[property];
  if ((transport === 'graphql' || transport === 'field') && handler?.length === 0) return;
  // Nest takes a noted acknowledgement for one that the method makes itself.
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

import 'reflect-metadata';
import { type ExecutionContext, Req, type Type } from '@nestjs/common';
import type { Clock } from '../../base/clock.js';
import type { DecoratedMethod } from '../../cache/engine.js';
import type { CacheOptions } from '../../cache/policy/policy.js';
import { type HttpSettings, type RouteOptions, type Scope, toHttpSettings } from '../../decorators/route-options.js';
import type { Tag } from '../../keys/target.js';
import {
  addedParameter,
  addParameter,
  argumentsOf,
  type HandlerParameter,
  parametersOf,
} from '../../nest/handler-parameters.js';
import {
  GUARDS,
  HOST,
  INTERCEPTORS,
  isNoted,
  type NestGlobals,
  PARAMETER_KINDS,
  PATH,
  VERSION,
} from '../../nest/route-metadata.js';
import { type Caller, type CallerRequest, hasCredentials, isRequest } from '../../scope/caller-identity.js';
import { asKeyPart, declaredNames, type WholeQuery, withoutUndeclared } from './declared-query.js';
import { RequestContext } from './request-context.js';
import { Variants } from './variants.js';
import { RequestedVersion } from './version.js';

/** The part of a cached method that HTTP needs. */
export interface CachedMethod extends DecoratedMethod {
  readonly property: string | symbol;
  readonly options: CacheOptions & RouteOptions;
  readonly when?: unknown;
  /** The function of the option `ttl`. */
  readonly ttlOf?: unknown;
  /** The option `tags`. */
  readonly labels?: readonly (Tag | string)[] | ((...parameters: never[]) => unknown) | undefined;
}

const { param: PARAM, query: QUERY, request: REQUEST } = PARAMETER_KINDS;

/**
 * A cached controller method. Nest passes the request as an extra parameter after the declared ones: the cache sees the caller
 * without an interceptor. The woven method removes it.
 */
export class CachedRoute {
  readonly name: string;
  readonly controller: Type<unknown>;
  readonly method: CachedMethod;
  readonly scope: Scope | undefined;
  /** `undefined`: Nest sends the responses. */
  readonly http: HttpSettings | undefined;
  /** Whether the route has a guard. Global guards are added when the application starts. */
  guarded: boolean;
  isPerRequest = false;
  readonly isCalled = true;
  /** `undefined` if the response does not depend on request headers. Set when the application starts. */
  variants: Variants | undefined;
  /** Whether other versions of the route have the same URL. */
  isVersionedByHeader = false;
  /** How many parameters Nest passes to the method; the request comes after them. */
  readonly #given: number;
  /** The index of the request among the parameters. */
  #requestAt = 0;
  readonly #queries: readonly WholeQuery[];

  private constructor(controller: Type<unknown>, method: CachedMethod) {
    this.controller = controller;
    this.method = method;
    this.name = method.name();
    this.scope = method.options.scope;
    this.http = toHttpSettings(method.options);
    this.guarded = this.#noted(GUARDS).some(isNoted);
    const declared = this.parameters;
    this.#given = argumentsOf(controller, method.property);
    const types: unknown = Reflect.getMetadata('design:paramtypes', controller.prototype as object, method.property);
    this.#queries = declared
      .filter(({ type, data, schema }) => type === QUERY && data === undefined && schema === undefined)
      .map(({ index }) => ({ index, names: declaredNames((types as readonly unknown[] | undefined)?.[index]) }));
  }

  /** The route of a cached method; `undefined` if the method is no route, or was replaced by one that is none. */
  static of(controller: Type<unknown>, method: CachedMethod): CachedRoute | undefined {
    const prototype = controller.prototype as Record<string | symbol, unknown>;
    const handler = prototype[method.property];
    if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH, handler)) return undefined;
    const route = new CachedRoute(controller, method);
    route.#askForRequest();
    return route;
  }

  get handler(): object {
    return (this.controller.prototype as Record<string | symbol, object>)[this.method.property] as object;
  }

  get parameters(): readonly HandlerParameter[] {
    return parametersOf(this.controller, this.method.property);
  }

  /** The request of a call over HTTP; `undefined` for a direct call. */
  requestIn(given: readonly unknown[]): CallerRequest | undefined {
    const added = given[this.#requestAt];
    return isRequest(added) ? added : undefined;
  }

  callerOf(request: CallerRequest): Caller {
    const context: ExecutionContext = new RequestContext(request, this.controller, this.handler);
    return { request, context, hasCredentials: hasCredentials(request) };
  }

  /** The arguments of the method: declared parameters, and of a whole query only the members that its class declares. */
  parametersIn(given: readonly unknown[]): unknown[] {
    const own = given.slice(0, this.#given);
    for (const { index, names } of this.#queries) {
      if (names !== undefined) own[index] = withoutUndeclared(own[index], names);
    }
    return own;
  }

  /** The arguments of the decorator's functions. */
  keyParametersIn(own: unknown[]): unknown[] {
    if (this.#queries.every(({ names }) => names === undefined)) return own;
    const parts = [...own];
    for (const { index, names } of this.#queries) if (names !== undefined) parts[index] = asKeyPart(own[index]);
    return parts;
  }

  /** Whether a key contains a whole query whose members are not declared. */
  letsEveryQueryIn(key: readonly unknown[], own: readonly unknown[]): boolean {
    return this.#queries.some(({ index, names }) => names === undefined && key.includes(own[index]));
  }

  /** Whether all parameters come from path and query. */
  get dependsOnUrlAlone(): boolean {
    return this.parameters.every(({ type }) => type === QUERY || type === PARAM);
  }

  get hasInterceptors(): boolean {
    return this.#noted(INTERCEPTORS).some(isNoted);
  }

  get isForHosts(): boolean {
    return this.#noted(HOST).some(isNoted);
  }

  /** Sets the variants, by the application's versioning and the option `vary`. */
  distinguish({ versioning, hasVersionInUrl }: NestGlobals, clock: Clock): void {
    const declared = this.#noted(VERSION).find(isNoted);
    const version = RequestedVersion.of(versioning, declared);
    this.variants = Variants.of(this.name, this.http?.vary ?? [], version, clock);
    this.isVersionedByHeader = version !== undefined || (declared !== undefined && !hasVersionInUrl);
  }

  /** The metadata of a name on the method and on its class. */
  #noted(name: string): readonly unknown[] {
    return [this.handler, this.controller].map((on) => Reflect.getMetadata(name, on));
  }

  #askForRequest(): void {
    const { controller, method } = this;
    const known = addedParameter(controller, method.property, REQUEST);
    if (known !== undefined) {
      this.#requestAt = known;
      return;
    }
    addParameter(controller, method.property, (at) => {
      this.#requestAt = at;
      Req()(controller.prototype as object, method.property, at);
    });
  }
}

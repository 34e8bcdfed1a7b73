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

/** A cached method, as far as HTTP is concerned. */
export interface CachedMethod extends DecoratedMethod {
  readonly property: string | symbol;
  readonly options: CacheOptions & RouteOptions;
  readonly when?: unknown;
  /** The tags, as given. */
  readonly labels?: readonly (Tag | string)[] | ((...parameters: never[]) => unknown) | undefined;
}

const { param: PARAM, query: QUERY, request: REQUEST } = PARAMETER_KINDS;

/**
 * A cached controller method. It is given the request behind the parameters that it declares, so that the cache sees who
 * asks without an interceptor; the method itself never gets it.
 */
export class CachedRoute {
  readonly name: string;
  readonly controller: Type<unknown>;
  readonly method: CachedMethod;
  readonly scope: Scope | undefined;
  /** `undefined`: the answers are sent as Nest sends them. */
  readonly http: HttpSettings | undefined;
  /** Whether a guard stands before it. Of guards for all routes it is told when the application starts. */
  guarded: boolean;
  isPerRequest = false;
  readonly isCalled = true;
  /** `undefined` if all who may have its answer get the same. Known when the application starts. */
  variants: Variants | undefined;
  /** Whether its URL leads to other methods for other versions. */
  isVersionedByHeader = false;
  /** How many parameters Nest gives to the method; the request comes behind them. */
  readonly #given: number;
  /** Where the request is. */
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

  /** The route of a cached method of a controller; `undefined` if it is none, or another method has taken its place. */
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

  /** The parameters that the method declares. */
  get parameters(): readonly HandlerParameter[] {
    return parametersOf(this.controller, this.method.property);
  }

  /** The request of a call that came through HTTP; `undefined` for one that other code makes. */
  requestIn(given: readonly unknown[]): CallerRequest | undefined {
    const added = given[this.#requestAt];
    return isRequest(added) ? added : undefined;
  }

  /** Who makes a request. */
  callerOf(request: CallerRequest): Caller {
    const context: ExecutionContext = new RequestContext(request, this.controller, this.handler);
    return { request, context, hasCredentials: hasCredentials(request) };
  }

  /** What the method gets: what it declares, and of a query only what its class declares. */
  parametersIn(given: readonly unknown[]): unknown[] {
    const own = given.slice(0, this.#given);
    for (const { index, names } of this.#queries) {
      if (names !== undefined) own[index] = withoutUndeclared(own[index], names);
    }
    return own;
  }

  /** What the functions of the decorator get. */
  keyParametersIn(own: unknown[]): unknown[] {
    if (this.#queries.every(({ names }) => names === undefined)) return own;
    const parts = [...own];
    for (const { index, names } of this.#queries) if (names !== undefined) parts[index] = asKeyPart(own[index]);
    return parts;
  }

  /** Whether a whole query of which nothing is declared became part of a key. */
  letsEveryQueryIn(key: readonly unknown[], own: readonly unknown[]): boolean {
    return this.#queries.some(({ index, names }) => names === undefined && key.includes(own[index]));
  }

  /** Whether it takes nothing but path and query. */
  get dependsOnUrlAlone(): boolean {
    return this.parameters.every(({ type }) => type === QUERY || type === PARAM);
  }

  get hasInterceptors(): boolean {
    return this.#noted(INTERCEPTORS).some(isNoted);
  }

  get isForHosts(): boolean {
    return this.#noted(HOST).some(isNoted);
  }

  /** Takes note of how the application tells versions apart, and so of which variants of its answers there are. */
  distinguish({ versioning, hasVersionInUrl }: NestGlobals, clock: Clock): void {
    const declared = this.#noted(VERSION).find(isNoted);
    const version = RequestedVersion.of(versioning, declared);
    this.variants = Variants.of(this.name, this.http?.vary ?? [], version, clock);
    this.isVersionedByHeader = version !== undefined || (declared !== undefined && !hasVersionInUrl);
  }

  /** What decorators have noted under a name, on the method and on its class. */
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

import 'reflect-metadata';
import { Req, type Type } from '@nestjs/common';
import type { Clock } from '../../base/clock.js';
import type { Method } from '../../cache/engine.js';
import type { CacheOptions } from '../../cache/policy/policy.js';
import { type HttpSettings, type RouteOptions, type Scope, toHttpSettings } from '../../decorators/route-options.js';
import type { Tag } from '../../keys/target.js';
import {
  GUARDS,
  HOST,
  INTERCEPTORS,
  type NestGlobals,
  PARAMETER_KINDS,
  PATH,
  ROUTE_PARAMETERS,
  VERSION,
} from '../../nest/route-metadata.js';
import type { CallerRequest } from './caller-identity.js';
import { asKeyPart, declaredNames, type WholeQuery, withoutUndeclared } from './declared-query.js';
import { Variants } from './variants.js';
import { RequestedVersion } from './version.js';

/** A cached method, as far as HTTP is concerned. */
export interface CachedMethod extends Method {
  readonly property: string | symbol;
  readonly options: CacheOptions & RouteOptions;
  readonly when?: unknown;
  /** The tags, as they were given. */
  readonly labels?: readonly (Tag | string)[] | ((...parameters: never[]) => unknown) | undefined;
}

/** Where we note which parameter is ours. */
const REQUEST_PARAMETER = 'larder:request';
const { param: PARAM, query: QUERY, request: REQUEST } = PARAMETER_KINDS;

interface RouteParameter {
  readonly type: number | string;
  readonly index: number;
  readonly data: unknown;
  readonly schema: unknown;
}

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
  /** `undefined` if all who may have its answer get the same. Known when the application starts. */
  variants: Variants | undefined;
  /** Whether its URL leads to other methods for other versions. */
  isVersionedByHeader = false;
  /** How many parameters Nest gives to the method; the request comes behind them. */
  readonly #given: number;
  readonly #queries: readonly WholeQuery[];

  private constructor(controller: Type<unknown>, method: CachedMethod) {
    this.controller = controller;
    this.method = method;
    this.name = method.name();
    this.scope = method.options.scope;
    this.http = toHttpSettings(method.options);
    this.guarded = this.#noted(GUARDS).some(isThere);
    const declared = this.parameters;
    this.#given = Math.max(0, ...declared.map(({ index }) => index + 1));
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
  get parameters(): readonly RouteParameter[] {
    const ours = this.#requestParameter;
    return Object.entries(this.#notedParameters)
      .map(([key, { index, data, schema }]) => {
        const type = key.slice(0, key.lastIndexOf(':'));
        return { type: /^\d+$/.test(type) ? Number(type) : type, index, data, schema };
      })
      .filter(({ type, index }) => type !== REQUEST || index !== ours);
  }

  /** The request of a call that came through HTTP; `undefined` for one that other code makes. */
  requestIn(given: readonly unknown[]): CallerRequest | undefined {
    const last = given[this.#given];
    return typeof last === 'object' && last !== null && 'headers' in last && 'method' in last
      ? (last as CallerRequest)
      : undefined;
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
    return this.#noted(INTERCEPTORS).some(isThere);
  }

  get isForHosts(): boolean {
    return this.#noted(HOST).some(isThere);
  }

  /** Takes note of how the application tells versions apart, and so of which variants of its answers there are. */
  distinguish({ versioning, hasVersionInUrl }: NestGlobals, clock: Clock): void {
    const declared = this.#noted(VERSION).find(isThere);
    const version = RequestedVersion.of(versioning, declared);
    this.variants = Variants.of(this.name, this.http?.vary ?? [], version, clock);
    this.isVersionedByHeader = version !== undefined || (declared !== undefined && !hasVersionInUrl);
  }

  /** What decorators have noted under a name, on the method and on its class. */
  #noted(name: string): readonly unknown[] {
    return [this.handler, this.controller].map((on) => Reflect.getMetadata(name, on));
  }

  get #notedParameters(): Readonly<Record<string, Omit<RouteParameter, 'type'>>> {
    return Reflect.getMetadata(ROUTE_PARAMETERS, this.controller, this.method.property) ?? {};
  }

  /** Where the request was asked for already, by another application that has this class or one above it. */
  get #requestParameter(): number | undefined {
    const index: unknown = Reflect.getMetadata(REQUEST_PARAMETER, this.controller, this.method.property);
    return typeof index === 'number' && `${REQUEST}:${index}` in this.#notedParameters ? index : undefined;
  }

  #askForRequest(): void {
    if (this.#requestParameter !== undefined) return;
    Req()(this.controller.prototype as object, this.method.property, this.#given);
    Reflect.defineMetadata(REQUEST_PARAMETER, this.#given, this.controller, this.method.property);
  }
}

/** Whether something was noted: a list may be empty. */
function isThere(noted: unknown): boolean {
  return Array.isArray(noted) ? noted.length > 0 : noted !== undefined;
}

import { type ArgumentMetadata, type PipeTransform, RequestMethod, type Type } from '@nestjs/common';
import type { ApplicationConfig, DiscoveryService } from '@nestjs/core';
import { isCacheable, isInPlace, type Plan, pathOf, plansOf } from '../../decorators/plan.js';
import { parametersOf } from '../../nest/handler-parameters.js';
import { METHOD, PARAMETER_KINDS, PATH } from '../../nest/route-metadata.js';

/** A cached route that a URL leads to. */
export interface UrlKey {
  readonly method: string;
  /** The path of the key; `undefined` if it has the caller, or what the URL does not say. */
  readonly path: string | undefined;
  /** Why there is no path. */
  readonly problem: string | undefined;
}

/** A route of a controller. */
interface Route {
  readonly instance: object;
  readonly of: Type<unknown>;
  readonly plan: Plan;
  readonly segments: readonly string[];
}

type Arguments = Readonly<Record<string, unknown>>;

/** Finds the keys of URLs, from the decorators of controllers and the pipes of the application. */
export class UrlKeys {
  readonly #discovery: DiscoveryService;
  readonly #config: ApplicationConfig;

  constructor(discovery: DiscoveryService, config: ApplicationConfig) {
    this.#discovery = discovery;
    this.#config = config;
  }

  /** The keys of a URL, the most specific route first. @param url with or without an origin */
  async of(url: string): Promise<readonly UrlKey[]> {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const segments = segmentsOf(pathname);
    const found = this.#routes().flatMap((route) => {
      const parameters = matched(route.segments, segments);
      return parameters === undefined ? [] : [{ route, parameters }];
    });
    found.sort((one, other) => specificity(other.route) - specificity(one.route));
    const best = found.filter(({ route }) => specificity(route) === specificity(found[0]?.route as Route));
    return Promise.all(best.map(({ route, parameters }) => this.#keyOf(route, parameters, queryOf(searchParams))));
  }

  #routes(): Route[] {
    return this.#discovery.getControllers().flatMap(({ instance }) => {
      if (typeof instance !== 'object' || instance === null) return [];
      const prototype = Object.getPrototypeOf(instance) as object;
      const of = prototype.constructor as Type<unknown>;
      const plans = plansOf(prototype).filter((plan) => isCacheable(plan) && isInPlace(prototype, plan));
      return plans.flatMap((plan) => routesOf(of, plan).map((segments) => ({ instance, of, plan, segments })));
    });
  }

  async #keyOf({ instance, of, plan }: Route, parameters: Arguments, query: Arguments): Promise<UrlKey> {
    const method = plan.name();
    const { scope } = plan.options;
    if (scope !== undefined && scope !== 'shared') {
      return { method, path: undefined, problem: `Each caller has a value of ${method}; name the key of one of them.` };
    }
    try {
      const given = await this.#argumentsFor(of, plan, parameters, query);
      if (!isCacheable(plan)) throw new Error('not a cached method');
      return {
        method,
        path: pathOf(plan.key.apply(instance, given as never[]), plan, instance),
        problem: undefined,
      };
    } catch (error) {
      return {
        method,
        path: undefined,
        problem: `The key cannot be made from the URL alone: ${(error as Error).message}`,
      };
    }
  }

  async #argumentsFor(of: Type<unknown>, plan: Plan, parameters: Arguments, query: Arguments): Promise<unknown[]> {
    const types = (Reflect.getMetadata('design:paramtypes', of.prototype as object, plan.property) ??
      []) as readonly Type[];
    const given: unknown[] = [];
    for (const { type, index, data, schema, pipes = [] } of parametersOf(of, plan.property)) {
      const source = type === PARAMETER_KINDS.param ? parameters : type === PARAMETER_KINDS.query ? query : undefined;
      if (source === undefined) continue;
      const value = typeof data === 'string' ? source[data] : source;
      const kind = type === PARAMETER_KINDS.param ? 'param' : 'query';
      const metadata = { type: kind, data, metatype: types[index], schema } as ArgumentMetadata;
      given[index] = await throughPipes(value, metadata, [...this.#config.getGlobalPipes(), ...pipes]);
    }
    return given;
  }
}

async function throughPipes(value: unknown, metadata: ArgumentMetadata, pipes: readonly unknown[]): Promise<unknown> {
  let result = value;
  for (const pipe of pipes) {
    if (typeof pipe === 'object' && pipe !== null && 'transform' in pipe) {
      result = await (pipe as PipeTransform).transform(result, metadata);
    } else if (typeof pipe === 'function') {
      // A pipe of Nest that takes no options is given as a class.
      result = await new (pipe as Type<PipeTransform>)().transform(result, metadata);
    }
  }
  return result;
}

function routesOf(of: Type<unknown>, plan: Plan): (readonly string[])[] {
  const handler = (of.prototype as Record<string | symbol, object>)[plan.property] as object;
  if (Reflect.getMetadata(METHOD, handler) !== RequestMethod.GET) return [];
  return pathsOf(Reflect.getMetadata(PATH, of)).flatMap((base) =>
    pathsOf(Reflect.getMetadata(PATH, handler)).map((path) => segmentsOf(`${base}/${path}`)),
  );
}

function pathsOf(noted: unknown): readonly string[] {
  if (Array.isArray(noted)) return noted.map(String);
  return noted === undefined ? [] : [String(noted)];
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** The parameters of a URL that ends as a route does: a global prefix or a version may stand before. */
function matched(route: readonly string[], url: readonly string[]): Arguments | undefined {
  const end = url.slice(Math.max(0, url.length - route.length));
  if (route.length === 0 ? url.length > 0 : end.length !== route.length) return undefined;
  const parameters: Record<string, unknown> = {};
  for (const [place, segment] of route.entries()) {
    const given = decodeURIComponent(end[place] as string);
    if (segment.startsWith(':')) parameters[segment.slice(1)] = given;
    else if (segment !== given) return undefined;
  }
  return parameters;
}

function specificity({ segments }: Route): number {
  return segments.reduce((sum, segment) => sum + (segment.startsWith(':') ? 1 : 2), 0);
}

function queryOf(parameters: URLSearchParams): Arguments {
  const query: Record<string, unknown> = {};
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    query[name] = values.length > 1 ? values : values[0];
  }
  return query;
}

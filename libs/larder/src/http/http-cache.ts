import type { Type } from '@nestjs/common';
import type { Engine } from '../cache/engine.js';
import type { Handler } from '../decorators/handler.js';
import type { CacheablePlan } from '../decorators/plan.js';
import type { NestGlobals } from '../nest/route-metadata.js';
import type { Admissions } from '../scope/admission.js';
import { obstaclesOnFastLane } from './fast-lane/eligibility.js';
import { FastLane } from './fast-lane/fast-lane.js';
import { noteForOpenApi } from './openapi.js';
import { RequestHandler } from './request-handler.js';
import { BodyCache } from './response/body-cache.js';
import { CachedRoute } from './route/cached-route.js';

export interface HttpCacheOptions {
  /** How many URLs the fast lane stores. */
  readonly fastLaneUrls: number;
}

/** The HTTP side of the cache in one application: its cached routes, serialised bodies and fast lane. */
export class HttpCache {
  readonly bodies: BodyCache;
  readonly lane: FastLane;
  readonly options: HttpCacheOptions;
  readonly routes: CachedRoute[] = [];
  readonly #engine: Engine;
  readonly #admissions: Admissions;

  constructor(engine: Engine, admissions: Admissions, options: HttpCacheOptions) {
    this.options = options;
    this.#engine = engine;
    this.#admissions = admissions;
    this.bodies = new BodyCache(engine);
    this.lane = new FastLane(engine, this.bodies, admissions, options.fastLaneUrls);
  }

  /** Registers a cached method of a controller, before Nest makes its routes. */
  add(controller: Type<unknown>, plan: CacheablePlan): CachedRoute | undefined {
    const route = CachedRoute.of(controller, plan);
    if (route === undefined) return undefined;
    noteForOpenApi(route, this.#engine.context.defaults.ttl);
    this.routes.push(route);
    return route;
  }

  handlerOf(route: CachedRoute, others: Handler): Handler {
    return new RequestHandler(this.#admissions, route, others);
  }

  /** @returns a problem for each route that cannot use the fast lane it asks for */
  check(globals: NestGlobals): string[] {
    for (const route of this.routes) route.distinguish(globals, this.#engine.context.clock);
    return this.routes.flatMap(misplaced);
  }

  get hasFastLane(): boolean {
    return this.options.fastLaneUrls > 0 && this.routes.some(({ http }) => http?.fastLane === true);
  }
}

function misplaced(route: CachedRoute): string[] {
  const obstacles = obstaclesOnFastLane(route);
  if (obstacles.length === 0) return [];
  return [`${route.name} cannot use the fast lane: it ${obstacles.join(', ')}. Remove http.fastLane.`];
}

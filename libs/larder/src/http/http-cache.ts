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
  /** Most URLs that the fast lane keeps. */
  readonly fastLaneUrls: number;
}

/** What caching knows of HTTP in one application: its cached routes, and bodies as they were sent. */
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

  /** Takes a cached method of a controller up, before Nest makes its routes. */
  add(controller: Type<unknown>, plan: CacheablePlan): CachedRoute | undefined {
    const route = CachedRoute.of(controller, plan);
    if (route === undefined) return undefined;
    noteForOpenApi(route, this.#engine.context.defaults.ttl);
    this.routes.push(route);
    return route;
  }

  /** What answers the requests of a route. */
  handlerOf(route: CachedRoute, others: Handler): Handler {
    return new RequestHandler(this.#admissions, route, others);
  }

  /** @returns what must not start, as sentences */
  check(globals: NestGlobals): string[] {
    for (const route of this.routes) route.distinguish(globals, this.#engine.context.clock);
    return this.routes.flatMap(misplaced);
  }

  /** Whether any route may be answered before routing. */
  get hasFastLane(): boolean {
    return this.options.fastLaneUrls > 0 && this.routes.some(({ http }) => http?.fastLane === true);
  }
}

function misplaced(route: CachedRoute): string[] {
  const obstacles = obstaclesOnFastLane(route);
  if (obstacles.length === 0) return [];
  return [`${route.name} may not take the fast lane: it ${obstacles.join(', ')}. Take http.fastLane away.`];
}

import type { Type } from '@nestjs/common';
import type { Engine } from '../cache/engine.js';
import type { EventListener } from '../cache/state/events.js';
import type { NestGlobals } from '../nest/route-metadata.js';
import { obstaclesOnFastLane } from './fast-lane/eligibility.js';
import { FastLane } from './fast-lane/fast-lane.js';
import { noteForOpenApi } from './openapi.js';
import { KeptBodies } from './response/body-cache.js';
import { type CachedMethod, CachedRoute } from './route/cached-route.js';
import type { Identifier } from './route/caller-identity.js';
import { LeakGuard } from './route/scope-guard.js';

export interface HttpCachingOptions {
  readonly identifier: Identifier;
  /** Whether the application may start with guarded methods that declare no scope. */
  readonly strictScope: boolean;
  /** Most URLs that the fast lane keeps. */
  readonly fastLaneUrls: number;
}

/** What caching knows of HTTP in one application: its cached routes, who may have which answer, and bodies as they were sent. */
export class HttpCaching {
  readonly guard: LeakGuard;
  readonly bodies: KeptBodies;
  readonly lane: FastLane;
  readonly options: HttpCachingOptions;
  /** Whether any route has more than one variant of an answer. */
  hasVariants = false;
  readonly #engine: Engine;
  readonly #report: EventListener;
  readonly #routes = new Map<unknown, Map<CachedMethod, CachedRoute>>();

  constructor(engine: Engine, options: HttpCachingOptions) {
    this.options = options;
    this.#engine = engine;
    this.#report = engine.parts.report;
    this.guard = new LeakGuard(options.identifier, engine.parts.report);
    this.bodies = new KeptBodies(engine);
    this.lane = new FastLane(engine, this.bodies, options.identifier, options.fastLaneUrls);
  }

  /** Takes a cached method of a controller up, before Nest makes its routes. */
  add(controller: Type<unknown>, method: CachedMethod): void {
    const route = CachedRoute.of(controller, method);
    if (route === undefined) return;
    noteForOpenApi(route, this.#engine.parts.defaults.ttl);
    const routes = this.#routes.get(controller) ?? new Map<CachedMethod, CachedRoute>();
    this.#routes.set(controller, routes.set(method, route));
  }

  /** The route of a method of a class; `undefined` if no request reaches it. */
  routeOf(controller: unknown, method: CachedMethod): CachedRoute | undefined {
    return this.#routes.get(controller)?.get(method);
  }

  /**
   * Looks at all routes at once when everything that is set for all of them is known.
   *
   * @returns what must not start, as sentences
   */
  check(globals: NestGlobals): string[] {
    for (const route of this.routes) {
      route.guarded ||= globals.isGuarded;
      route.distinguish(globals, this.#engine.parts.clock);
      this.hasVariants ||= route.variants !== undefined;
    }
    return [...this.#undeclared(), ...this.routes.flatMap(misplaced)];
  }

  /** Whether any route may be answered before routing. */
  get hasFastLane(): boolean {
    return this.options.fastLaneUrls > 0 && this.routes.some(({ http }) => http?.fastLane === true);
  }

  #undeclared(): string[] {
    const undeclared = this.routes
      .filter(({ scope, guarded }) => scope === undefined && guarded)
      .map(({ name }) => name);
    if (undeclared.length === 0) return [];
    if (this.options.strictScope) return undeclared.map(undeclaredScope);
    this.guard.haveReported(undeclared);
    this.#report({ type: 'scope-undeclared', methods: undeclared });
    return [];
  }

  get routes(): readonly CachedRoute[] {
    return [...this.#routes.values()].flatMap((routes) => [...routes.values()]);
  }
}

function undeclaredScope(method: string): string {
  return (
    `${method} is guarded and does not say whose its results are. ` +
    "Add scope: 'shared' (the same for everybody) or scope: 'user' (the caller's own) to its @Cacheable."
  );
}

function misplaced(route: CachedRoute): string[] {
  const obstacles = obstaclesOnFastLane(route);
  if (obstacles.length === 0) return [];
  return [`${route.name} may not take the fast lane: it ${obstacles.join(', ')}. Take http.fastLane away.`];
}

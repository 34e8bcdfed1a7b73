import type { CachedRoute } from '../route/cached-route.js';

/** Reasons why a route with `fastLane` cannot use it, as clauses; empty if it can, or does not ask for it. */
export function obstaclesOnFastLane(route: CachedRoute): string[] {
  if (route.http?.fastLane !== true) return [];
  const { consistency, tiers } = route.method.options;
  const obstacles: readonly (readonly [stands: boolean, why: string])[] = [
    [route.scope !== 'shared', "lacks scope: 'shared'"],
    [route.guarded, 'has a guard'],
    [route.isPerRequest, 'is request-scoped'],
    [route.hasInterceptors, 'has interceptors of its own'],
    [!route.dependsOnUrlAlone, 'takes parameters other than @Query() and @Param()'],
    [route.method.when !== undefined, 'has a `when`'],
    [consistency === 'strong', "has consistency: 'strong'"],
    [tiers?.includes('memory') === false, 'is not cached in memory'],
    [route.isForHosts, 'is bound to a host'],
    [route.isVersionedByHeader, 'has a version that is not part of the URL'],
  ];
  return obstacles.filter(([stands]) => stands).map(([, why]) => why);
}

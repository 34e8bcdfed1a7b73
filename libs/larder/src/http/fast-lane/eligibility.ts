import type { CachedRoute } from '../route/cached-route.js';

/** Why a route may not be answered before routing, as clauses; none if it may, or was not to be. */
export function obstaclesOnFastLane(route: CachedRoute): string[] {
  if (route.http?.fastLane !== true) return [];
  const { consistency, tiers } = route.method.options;
  const obstacles: readonly (readonly [stands: boolean, why: string])[] = [
    [route.scope !== 'shared', "has not scope: 'shared'"],
    [route.guarded, 'stands behind a guard'],
    [route.isPerRequest, 'is made for each request'],
    [route.hasInterceptors, 'has interceptors of its own'],
    [!route.dependsOnUrlAlone, 'takes other parameters than @Query() and @Param()'],
    [route.method.when !== undefined, 'has a `when`'],
    [consistency === 'strong', 'asks the journal at every read'],
    [tiers?.includes('memory') === false, 'is not kept in memory'],
    [route.isForHosts, 'is for certain hosts'],
    [route.isVersionedByHeader, 'has a version that the URL does not tell'],
  ];
  return obstacles.filter(([stands]) => stands).map(([, why]) => why);
}

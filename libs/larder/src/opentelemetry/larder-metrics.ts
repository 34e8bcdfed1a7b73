import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { FleetPart } from '../background/fleet.js';
import { FleetLifecycle } from '../background/fleet-lifecycle.js';
import type { Clock } from '../base/clock.js';
import { Cache } from '../cache/cache.js';
import { Engine } from '../cache/engine.js';
import { ChangeFeed } from '../change-feed/change-feed.js';
import { Jobs } from '../jobs/jobs.js';
import { meterCacheAlone } from './cache-metrics.js';
import { newInstruments } from './instruments.js';
import { meterFeed, meterJobs, meterParts, meterSockets } from './work-metrics.js';

/**
 * Measures every part of Larder in an application with the meter `nest-larder` of the global meter provider, which must be set
 * before the application starts. Add it to the providers of a module. Without a provider nothing is measured.
 *
 * @example
 * ```ts
 * @Module({ imports: [LarderModule.forRoot()], providers: [LarderMetrics] })
 * class AppModule {}
 * ```
 */
@Injectable()
export class LarderMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  #stops: (() => void)[] = [];

  constructor(
    @Inject(Cache) private readonly cache: Cache,
    @Inject(Engine) private readonly engine: { readonly context: { readonly clock: Pick<Clock, 'now'> } },
    @Inject(ChangeFeed) private readonly feed: ChangeFeed,
    @Inject(Jobs) private readonly jobs: Jobs,
    @Inject(FleetLifecycle) private readonly fleet: { readonly parts: readonly FleetPart[] },
  ) {}

  onApplicationBootstrap(): void {
    const instruments = newInstruments();
    this.#stops = [
      ...meterCacheAlone(this.cache, instruments),
      ...meterFeed(this.feed, instruments),
      ...meterJobs(this.jobs, instruments, () => this.engine.context.clock.now()),
      ...meterParts(() => this.fleet.parts, instruments),
      ...meterSockets(instruments),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/**
 * Measures a cache without Nest, with the meter `nest-larder` of the global meter provider. One cache of a process: the
 * channels that loads, hits and invalidations are heard on belong to the process.
 *
 * @returns a function that ends this
 *
 * @example
 * ```ts
 * const stop = meterCache(cache);
 * stop();
 * ```
 */
export function meterCache(cache: Cache): () => void {
  const stops = meterCacheAlone(cache, newInstruments());
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

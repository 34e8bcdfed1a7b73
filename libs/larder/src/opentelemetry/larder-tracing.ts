import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { RELEASE } from '../base/package/copies.js';
import { Cache } from '../cache/cache.js';
import { listen } from '../observability/channels.js';
import { OtelTracer } from './otel-tracer.js';

/**
 * Traces the loads and invalidations of an application with the tracer `nest-larder` of the global tracer provider. Add it to
 * the providers of a module. Without a provider nothing is recorded.
 *
 * @example
 * ```ts
 * @Module({ imports: [LarderModule.forRoot()], providers: [LarderTracing] })
 * class AppModule {}
 * ```
 */
@Injectable()
export class LarderTracing implements OnModuleInit, OnApplicationShutdown {
  #stop = () => {};

  constructor(@Inject(Cache) private readonly cache: Cache) {}

  onModuleInit(): void {
    this.#stop = traceCache(this.cache);
  }

  onApplicationShutdown(): void {
    this.#stop();
  }
}

/**
 * Traces the loads and invalidations of a cache without Nest, with the tracer `nest-larder` of the global tracer provider.
 *
 * @returns a function that ends this
 *
 * @example
 * ```ts
 * const stop = traceCache(cache);
 * stop();
 * ```
 */
export function traceCache(cache: Cache): () => void {
  const [name, version] = RELEASE.split('@');
  cache.tracer = new OtelTracer(trace.getTracer(name as string, version));
  const stops = [
    listen('nest-larder:refuse', ({ method = 'direct', tier, age }) => {
      const attributes = { 'larder.method': method, 'larder.tier': tier, 'larder.age': age / 1000 };
      trace.getActiveSpan()?.addEvent('larder.refused', attributes);
    }),
  ];
  return () => {
    cache.tracer = undefined;
    for (const stop of stops.splice(0)) stop();
  };
}

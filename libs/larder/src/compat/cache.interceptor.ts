import 'reflect-metadata';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
  type NestInterceptor,
  Optional,
  StreamableFile,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { messageOf } from '../base/errors.js';
import { segmentFor } from '../decorators/handler.js';
import { SERVER_SENT_EVENTS } from '../nest/route-metadata.js';
import { lifeOf } from './box.js';
import type { Cache } from './cache.js';
import type { CacheKeyFactory, CacheTTLFactory } from './decorators.js';
import type { LeakGuard } from './leak-guard.js';
import { StringCache } from './string-cache.js';
import { CACHE_KEY_METADATA, CACHE_MANAGER, CACHE_TTL_METADATA, LEAK_GUARD } from './tokens.js';

/** The value of the header `X-Cache`: stored, from the handler, or not cached because it may be for one caller alone. */
type CacheHeader = 'HIT' | 'MISS' | 'BYPASS';

/**
 * Caches the responses of GET routes by URL and query, and of other handlers by `@CacheKey`. A caller with credentials, and any
 * caller of a guarded handler, gets values of their own, by `identify` of `LarderModule`; without an identity they are not
 * cached. `@CacheScope('shared')` shares them. Extend it to change `trackBy`, `allowedMethods` or `isRequestCacheable`.
 *
 * @example
 * ```ts
 * @Controller('tournaments')
 * @UseInterceptors(CacheInterceptor)
 * export class TournamentsController {}
 * ```
 */
@Injectable()
export class CacheInterceptor implements NestInterceptor {
  @Optional()
  @Inject(HttpAdapterHost)
  protected readonly httpAdapterHost: HttpAdapterHost | undefined;

  @Optional()
  @Inject(LEAK_GUARD)
  private readonly leakGuard: LeakGuard | undefined;

  protected allowedMethods: string[] = ['GET'];

  constructor(
    @Inject(CACHE_MANAGER) protected readonly cacheManager: Cache,
    @Inject(Reflector) protected readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const key = await this.trackBy(context);
    if (!key || !(this.cacheManager instanceof StringCache) || isStream(context)) return next.handle();
    const admission = await this.leakGuard?.admit(context, key === this.#urlOf(context));
    if (admission === undefined || admission.to === 'none') {
      this.#setHeader(context, 'BYPASS');
      return next.handle();
    }
    let ttl: number | undefined;
    const work = async () => {
      this.#setHeader(context, 'MISS');
      ttl = await this.#ttlOf(context);
      return lastValueFrom(next.handle(), { defaultValue: undefined });
    };
    const isForAll = (value: unknown) =>
      value !== undefined && value !== null && !(value instanceof StreamableFile) && !Number.isNaN(ttl);
    const reading = await this.cacheManager.answer(key, segmentFor(admission), { work, isForAll, ttl: () => ttl });
    // Another request ran the handler, which answered that request alone.
    if (reading.from === 'none') return next.handle();
    if (reading.from === 'store') this.#setHeader(context, 'HIT');
    if (reading.from === 'other') this.#setHeader(context, 'MISS');
    return of(reading.value);
  }

  /** The key of a call; `undefined` if it is not cached. */
  protected trackBy(context: ExecutionContext): string | Promise<string | undefined> | undefined {
    const noted = this.reflector.get<string | CacheKeyFactory | undefined>(CACHE_KEY_METADATA, context.getHandler());
    if (typeof noted === 'function') return noted(context);
    if (noted) return noted;
    return context.getType() === 'http' && this.isRequestCacheable(context) ? this.#urlOf(context) : undefined;
  }

  /** Whether a request without `@CacheKey` is cached. */
  protected isRequestCacheable(context: ExecutionContext): boolean {
    return this.allowedMethods.includes(context.switchToHttp().getRequest<{ method: string }>().method);
  }

  #urlOf(context: ExecutionContext): string | undefined {
    if (context.getType() !== 'http') return undefined;
    const request: unknown = context.switchToHttp().getRequest();
    return this.httpAdapterHost?.httpAdapter?.getRequestUrl?.(request) as string | undefined;
  }

  /** `NaN` if the TTL is invalid or its function fails: then the response is not stored. */
  async #ttlOf(context: ExecutionContext): Promise<number | undefined> {
    const noted =
      this.reflector.get<number | CacheTTLFactory | undefined>(CACHE_TTL_METADATA, context.getHandler()) ??
      this.reflector.get<number | CacheTTLFactory | undefined>(CACHE_TTL_METADATA, context.getClass());
    try {
      const ttl = typeof noted === 'function' ? await noted(context) : noted;
      lifeOf(ttl);
      return ttl ?? undefined;
    } catch (error) {
      const handler = `${context.getClass().name}.${context.getHandler().name}`;
      Logger.error(
        `The response of ${handler} is not cached, because its TTL is not known: ${messageOf(error)}`,
        'Larder',
      );
      return Number.NaN;
    }
  }

  #setHeader(context: ExecutionContext, value: CacheHeader): void {
    if (context.getType() !== 'http') return;
    this.httpAdapterHost?.httpAdapter?.setHeader(context.switchToHttp().getResponse(), 'X-Cache', value);
  }
}

function isStream(context: ExecutionContext): boolean {
  return Reflect.getMetadata(SERVER_SENT_EVENTS, context.getHandler()) === true;
}

import { CacheInterceptor } from '@nestjs/cache-manager';
import { type ExecutionContext, Injectable } from '@nestjs/common';

/** Caches the responses of each tenant apart. */
@Injectable()
export class TenantCacheInterceptor extends CacheInterceptor {
  protected trackBy(context: ExecutionContext): string | undefined {
    const request = context
      .switchToHttp()
      .getRequest<{ method: string; url: string; headers: Record<string, string> }>();
    if (request.method !== 'GET') return undefined;
    return `tenant:${request.headers['x-tenant'] ?? 'none'}:${request.url}`;
  }
}

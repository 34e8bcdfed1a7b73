import KeyvRedis from '@keyv/redis';
import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';
import { Articles, NewsController } from './articles.js';
import { Settings, SettingsModule } from './settings.js';
import { TenantCacheInterceptor } from './tenant-cache.interceptor.js';

@Module({
  imports: [
    CacheModule.registerAsync({
      isGlobal: true,
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: async (settings: Settings) => ({
        ttl: Number(settings.get('CACHE_TTL') ?? 30_000),
        stores: [
          new Keyv({ store: new CacheableMemory({ ttl: 60_000, lruSize: 5000 }) }),
          new KeyvRedis(settings.get('REDIS_URL')),
        ],
      }),
    }),
  ],
  controllers: [NewsController],
  providers: [Articles, { provide: APP_INTERCEPTOR, useClass: TenantCacheInterceptor }],
})
export class AppModule {}

import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { CatalogService } from './catalog.service.js';
import { RatesService } from './rates.service.js';
import { Store } from './store.js';

@Module({
  imports: [CacheModule.register()],
  providers: [CatalogService, RatesService, Store],
})
export class CatalogModule {}

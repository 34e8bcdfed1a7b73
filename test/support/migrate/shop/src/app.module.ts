import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { Database } from './database.js';
import { KeyGuard, OrdersController } from './orders.controller.js';
import { ProductsController } from './products.controller.js';
import { ProductsService } from './products.service.js';

@Module({
  imports: [CacheModule.register({ ttl: 30_000, isGlobal: true })],
  controllers: [ProductsController, OrdersController],
  providers: [Database, ProductsService, KeyGuard],
})
export class AppModule {}

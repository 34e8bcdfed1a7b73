import { CacheInterceptor, CacheKey, CacheTTL } from '@nestjs/cache-manager';
import { Controller, Get, HttpCode, Param, ParseIntPipe, Post, Query, Req, UseInterceptors } from '@nestjs/common';
import type { Product } from './database.js';
import { ProductsService } from './products.service.js';

@Controller('products')
@UseInterceptors(CacheInterceptor)
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  list(@Query('category') category?: string) {
    return this.products.list(category);
  }

  @CacheKey('top-products')
  @CacheTTL(60_000)
  @Get('top')
  async top(): Promise<Product[]> {
    return this.products.top();
  }

  // Greets by a header, which its URL does not tell.
  @Get('greeting')
  async greeting(@Req() request: { headers: Record<string, string | undefined> }): Promise<string> {
    return `Hello ${request.headers['x-name'] ?? 'you'}`;
  }

  @Get(':id')
  one(@Param('id', ParseIntPipe) id: number): Promise<Product | undefined> {
    return this.products.one(id);
  }

  @Post(':id/sales')
  @HttpCode(204)
  async sell(@Param('id', ParseIntPipe) id: number): Promise<void> {
    await this.products.sell(id);
  }
}

import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { Database, type Product } from './database.js';

@Injectable()
export class ProductsService {
  constructor(
    private readonly database: Database,
    @Inject(CACHE_MANAGER) private readonly cacheManager: Cache,
  ) {}

  async list(category?: string): Promise<Product[]> {
    const products = await this.database.findProducts();
    return category === undefined ? products : products.filter((product) => product.category === category);
  }

  async one(id: number): Promise<Product | undefined> {
    const products = await this.database.findProducts();
    return products.find((product) => product.id === id);
  }

  async top(): Promise<Product[]> {
    const products = await this.database.findProducts();
    return products.sort((one, other) => other.sold - one.sold).slice(0, 2);
  }

  async sell(id: number): Promise<void> {
    await this.database.sell(id);
    await this.cacheManager.del('top-products');
  }
}

import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import { asc } from 'drizzle-orm';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { productKeys } from './release.keys.js';
import type { NewProduct, Product } from './release.schemas.js';
import { products } from './release.tables.js';

/** Products with versions and deployments. */
@Injectable()
export class Products {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** All products, the oldest first. */
  async list(): Promise<Product[]> {
    return this.database.select().from(products).orderBy(asc(products.id));
  }

  /** @throws Problem if another product has this name */
  @CacheInvalidate({ targets: () => [productKeys.list()] })
  async create({ name }: NewProduct): Promise<Product> {
    const [product] = await this.database.insert(products).values({ name }).onConflictDoNothing().returning();
    if (product !== undefined) return product;
    throw new Problem(HttpStatus.CONFLICT, 'product-exists', `There is a product '${name}' already.`);
  }
}

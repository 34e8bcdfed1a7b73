import { HttpStatus, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { releasesOf } from './release.keys.js';
import type { NewVersion, Version } from './release.schemas.js';
import { products, versions } from './release.tables.js';

type Row = typeof versions.$inferSelect;

/** Versions of products, released or not. */
@Injectable()
export class Releases {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * The versions of a product, the newest first.
   *
   * @throws NotFoundException if there is no such product
   */
  async versionsOf(productId: string): Promise<Version[]> {
    const rows = await this.database
      .select()
      .from(versions)
      .where(eq(versions.productId, productId))
      .orderBy(desc(versions.numbers));
    if (rows.length === 0) await this.demandProduct(productId);
    return rows.map(toVersion);
  }

  /**
   * Creates a version that is not released.
   *
   * @throws NotFoundException if there is no such product
   * @throws Problem if the product has this version already
   */
  async create(productId: string, description: NewVersion): Promise<Version> {
    await this.demandProduct(productId);
    const [created] = await this.database
      .insert(versions)
      .values({ productId, ...description })
      .onConflictDoNothing()
      .returning();
    if (created !== undefined) return toVersion(created);
    const detail = `Product ${productId} has a version ${description.version} already.`;
    throw new Problem(HttpStatus.CONFLICT, 'version-exists', detail);
  }

  /**
   * Releases a version to all older deployments of its product.
   *
   * @throws NotFoundException if there is no such version
   * @throws Problem if it was released before
   */
  @CacheInvalidate({ targets: (productId: string) => [releasesOf(productId)] })
  async release(productId: string, version: string): Promise<Version> {
    const isIt = and(eq(versions.productId, productId), eq(versions.version, version));
    const [released] = await this.database
      .update(versions)
      .set({ releasedAt: sql`now()` })
      .where(and(isIt, isNull(versions.releasedAt)))
      .returning();
    if (released !== undefined) return toVersion(released);
    if ((await this.database.$count(versions, isIt)) === 0) {
      throw new NotFoundException(`There is no version ${version} of a product ${productId}.`);
    }
    throw new Problem(HttpStatus.CONFLICT, 'already-released', `Version ${version} was released before.`);
  }

  private async demandProduct(id: string): Promise<void> {
    if ((await this.database.$count(products, eq(products.id, id))) === 0) {
      throw new NotFoundException(`There is no product ${id}.`);
    }
  }
}

function toVersion({ productId, version, notes, security, releasedAt }: Row): Version {
  return { productId, version, notes, security, releasedAt: releasedAt?.toISOString() ?? null };
}

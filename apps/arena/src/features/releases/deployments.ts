import { HttpStatus, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, asc, eq, inArray, isNotNull, type SQL } from 'drizzle-orm';
import { Cacheable, CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { type Page, rowsOf } from '../../platform/http/requests/page.js';
import type { User } from '../sign-in/users/user.js';
import { Memberships } from './memberships.js';
import { deploymentKeys } from './release.keys.js';
import type { Deployment, DeploymentQuery } from './release.schemas.js';
import { customers, deployments, products, tenants, versions } from './release.tables.js';

/** A deployment with its tenant and product. */
export interface Place {
  readonly id: string;
  readonly productId: string;
  readonly tenantId: string;
}

/** Names that nothing invalidates: arena never changes them, and if other programs do, they are shown after the TTL. */
export const LATE_NAMES = ['product.name', 'customer.name', 'tenant.name'];

/** Deployments of products. The staff sees all; other users see those of their tenants. */
@Injectable()
export class Deployments {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly memberships: Memberships,
  ) {}

  async list(user: User, query: DeploymentQuery): Promise<Page<Deployment>> {
    const { offset, limit } = rowsOf(query);
    const filter = and(await this.seenBy(user), ofProduct(query));
    const [items, total] = await Promise.all([
      selectDeployments(this.database).where(filter).orderBy(asc(deployments.id)).offset(offset).limit(limit),
      this.database.$count(deployments, filter),
    ]);
    return { items, page: query.page, perPage: query.perPage, total };
  }

  /** @throws NotFoundException if the deployment does not exist or the user may not see it */
  async find(user: User, id: string): Promise<Place> {
    const place = await this.place(id);
    if (place === undefined || !(user.staff || (await this.memberships.of(user.id)).includes(place.tenantId))) {
      throw new NotFoundException(`There is no deployment ${id} that you may see.`);
    }
    return place;
  }

  /**
   * A deployment as users see it. The caller checks access first: {@link find}.
   *
   * @throws NotFoundException if the deployment was removed meanwhile
   */
  @Cacheable({ key: ({ id }: Place) => deploymentKeys.shown(id), ttl: '5m', audit: { ignore: LATE_NAMES } })
  async show({ id }: Place): Promise<Deployment> {
    const [deployment] = await selectDeployments(this.database).where(eq(deployments.id, id));
    if (deployment === undefined) throw new NotFoundException(`There is no deployment ${id}.`);
    return deployment;
  }

  /**
   * Moves a deployment to a released version of its product, newer or older.
   *
   * @throws Problem if its product has no such version, or the version is not released
   */
  @CacheInvalidate({ targets: ({ id }: Place) => [deploymentKeys.one(id)] })
  async move({ id, productId }: Place, version: string): Promise<void> {
    const [released] = await this.database
      .select({ id: versions.id })
      .from(versions)
      .where(and(eq(versions.productId, productId), eq(versions.version, version), isNotNull(versions.releasedAt)));
    if (released === undefined) {
      const detail = `Product ${productId} has no released version ${version}.`;
      throw new Problem(HttpStatus.CONFLICT, 'version-not-released', detail);
    }
    await this.database.update(deployments).set({ versionId: released.id }).where(eq(deployments.id, id));
  }

  /** Invalidates everything cached about a deployment. */
  @CacheInvalidate({ targets: ({ id }: Place) => [deploymentKeys.one(id)] })
  async refresh(_place: Place): Promise<void> {}

  @Cacheable({ key: deploymentKeys.place, ttl: '5m' })
  async place(id: string): Promise<Place | undefined> {
    const [place] = await this.database
      .select({ id: deployments.id, productId: deployments.productId, tenantId: deployments.tenantId })
      .from(deployments)
      .where(eq(deployments.id, id));
    return place;
  }

  private async seenBy({ id, staff }: User): Promise<SQL | undefined> {
    return staff ? undefined : inArray(deployments.tenantId, [...(await this.memberships.of(id))]);
  }
}

function ofProduct({ productId }: DeploymentQuery): SQL | undefined {
  return productId === undefined ? undefined : eq(deployments.productId, productId);
}

/** The columns of a deployment that users see. */
export const deploymentFields = {
  id: deployments.id,
  product: { id: products.id, name: products.name },
  customer: { id: customers.id, name: customers.name },
  tenant: { id: tenants.id, name: tenants.name },
  stage: deployments.stage,
  version: versions.version,
};

function selectDeployments(database: Database) {
  return database
    .select(deploymentFields)
    .from(deployments)
    .innerJoin(products, eq(products.id, deployments.productId))
    .innerJoin(tenants, eq(tenants.id, deployments.tenantId))
    .innerJoin(customers, eq(customers.id, tenants.customerId))
    .innerJoin(versions, eq(versions.id, deployments.versionId))
    .$dynamic();
}

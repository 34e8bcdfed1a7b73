import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, asc, eq, inArray, type SQL } from 'drizzle-orm';
import { Cacheable, CacheInvalidate } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { type Page, rowsOf } from '../../platform/http/requests/page.js';
import type { User } from '../sign-in/users/user.js';
import { Memberships } from './memberships.js';
import { deploymentKeys } from './release.keys.js';
import type { Deployment, DeploymentQuery } from './release.schemas.js';
import { customers, deployments, products, tenants, versions } from './release.tables.js';

/** Whose a deployment is, and what of. */
export interface Place {
  readonly id: string;
  readonly productId: string;
  readonly tenantId: string;
}

/** Where products run. The staff sees all of it, anybody else what their tenants have. */
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

  /** @throws NotFoundException if there is no such deployment, or it is not for this user to see */
  async find(user: User, id: string): Promise<Place> {
    const place = await this.place(id);
    if (place === undefined || !(user.staff || (await this.memberships.of(user.id)).includes(place.tenantId))) {
      throw new NotFoundException(`There is no deployment ${id} that you may see.`);
    }
    return place;
  }

  /** Has everything about a deployment read anew when it is asked for next. */
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

/** What is shown of a deployment. */
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

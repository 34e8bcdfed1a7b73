import { Inject, Injectable, NotFoundException, type Type } from '@nestjs/common';
import { and, desc, eq, gt, isNotNull } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { Cacheable } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { deploymentFields, LATE_NAMES, type Place } from './deployments.js';
import { deploymentKeys, releasesOf } from './release.keys.js';
import type { PendingUpdates as Answer, PendingUpdate } from './release.schemas.js';
import { customers, deployments, products, tenants, versions } from './release.tables.js';

type Row = typeof versions.$inferSelect;

const newer = alias(versions, 'newer');

/** Newer released versions for deployments. Every deployment polls this, so it is read often. */
export abstract class PendingUpdates {
  /** @throws NotFoundException if the deployment was removed meanwhile */
  abstract of(place: Place): Promise<Answer>;
}

/**
 * The provider of {@link PendingUpdates}. A class is made for each TTL, because a decorator takes its options before the
 * environment is read.
 *
 * @param ttl milliseconds
 */
export function pendingUpdatesFor(ttl: number): Type<PendingUpdates> {
  @Injectable()
  class CachedPendingUpdates extends PendingUpdates {
    constructor(@Inject(DATABASE) private readonly database: Database) {
      super();
    }

    @Cacheable({
      key: ({ id }: Place) => deploymentKeys.one(id),
      tags: ({ productId }: Place) => [releasesOf(productId)],
      ttl,
      audit: { ignore: LATE_NAMES.map((name) => `deployment.${name}`) },
    })
    override async of({ id }: Place): Promise<Answer> {
      const rows = await read(this.database, id);
      const [first] = rows;
      if (first === undefined) throw new NotFoundException(`There is no deployment ${id}.`);
      const { update: _, ...deployment } = first;
      return { deployment, updates: rows.flatMap(({ update }) => (update === null ? [] : [toUpdate(update)])) };
    }
  }
  return CachedPendingUpdates;
}

/** One row for each newer version; one row with nulls if there is none. */
async function read(database: Database, id: string) {
  const { version, notes, security, releasedAt } = newer;
  const isPending = and(
    eq(newer.productId, deployments.productId),
    gt(newer.numbers, versions.numbers),
    isNotNull(releasedAt),
  );
  return database
    .select({ ...deploymentFields, update: { version, notes, security, releasedAt } })
    .from(deployments)
    .innerJoin(products, eq(products.id, deployments.productId))
    .innerJoin(tenants, eq(tenants.id, deployments.tenantId))
    .innerJoin(customers, eq(customers.id, tenants.customerId))
    .innerJoin(versions, eq(versions.id, deployments.versionId))
    .leftJoin(newer, isPending)
    .where(eq(deployments.id, id))
    .orderBy(desc(newer.numbers));
}

function toUpdate({
  releasedAt,
  ...update
}: Pick<Row, 'version' | 'notes' | 'security' | 'releasedAt'>): PendingUpdate {
  return { ...update, releasedAt: (releasedAt as Date).toISOString() };
}

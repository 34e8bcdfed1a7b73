import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgEnum,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import { createdAt, id, instant, ownId } from '../../platform/database/columns.js';
import { users } from '../sign-in/users/user.tables.js';

export const productIds = pgSequence('product_ids');
export const versionIds = pgSequence('version_ids');
export const customerIds = pgSequence('customer_ids');
export const tenantIds = pgSequence('tenant_ids');
export const deploymentIds = pgSequence('deployment_ids');

export const deploymentStage = pgEnum('deployment_stage', ['production', 'staging']);

/** Software for venues. */
export const products = pgTable('products', {
  id: ownId(productIds),
  name: text('name').notNull().unique(),
});

export const versions = pgTable(
  'versions',
  {
    id: ownId(versionIds),
    productId: id('product_id')
      .notNull()
      .references(() => products.id),
    /** Such as `2.10.0`. */
    version: text('version').notNull(),
    /** The numbers of the version, for comparing: `2.10.0` is newer than `2.9.0`. */
    numbers: integer('numbers').array().notNull().generatedAlwaysAs(sql`string_to_array(version, '.')::integer[]`),
    notes: text('notes').notNull(),
    security: boolean('security').notNull().default(false),
    /** Deployments see the version from then on. */
    releasedAt: instant('released_at'),
  },
  (version) => [
    unique('versions_once').on(version.productId, version.version),
    unique('versions_with_product').on(version.productId, version.id),
    index('versions_released').on(version.productId, version.numbers).where(sql`${version.releasedAt} is not null`),
    check('versions_have_three_numbers', sql`${version.version} ~ '^\\d{1,6}\\.\\d{1,6}\\.\\d{1,6}$'`),
  ],
);

/** Customers pay. */
export const customers = pgTable('customers', { id: ownId(customerIds), name: text('name').notNull() });

/** A separate part of a customer, such as a branch. */
export const tenants = pgTable(
  'tenants',
  {
    id: ownId(tenantIds),
    customerId: id('customer_id')
      .notNull()
      .references(() => customers.id),
    name: text('name').notNull(),
  },
  (tenant) => [index('tenants_of_customer').on(tenant.customerId)],
);

/** Users who may see the deployments of a tenant. */
export const tenantMembers = pgTable(
  'tenant_members',
  {
    tenantId: id('tenant_id')
      .notNull()
      .references(() => tenants.id, { onDelete: 'cascade' }),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    createdAt: createdAt(),
  },
  (member) => [
    primaryKey({ columns: [member.userId, member.tenantId] }),
    index('members_of_tenant').on(member.tenantId),
  ],
);

/** An installation of a product at one of its versions. */
export const deployments = pgTable(
  'deployments',
  {
    id: ownId(deploymentIds),
    productId: id('product_id')
      .notNull()
      .references(() => products.id),
    tenantId: id('tenant_id')
      .notNull()
      .references(() => tenants.id),
    stage: deploymentStage('stage').notNull(),
    versionId: id('version_id').notNull(),
    createdAt: createdAt(),
  },
  (deployment) => [
    foreignKey({
      name: 'deployments_run_a_version_of_their_product',
      columns: [deployment.productId, deployment.versionId],
      foreignColumns: [versions.productId, versions.id],
    }),
    index('deployments_of_product').on(deployment.productId),
    index('deployments_of_tenant').on(deployment.tenantId),
  ],
);

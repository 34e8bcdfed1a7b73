import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';
import { pageOf, pageQuery } from '../../platform/http/requests/page.js';
import { text } from '../../platform/http/requests/text.js';
import { deploymentStage } from './release.tables.js';

const named = z.object({ id, name: z.string() });
const instant = z.iso.datetime().meta({ example: '2026-10-31T17:00:00.000Z' });

/** A version in a path. */
export const versionNumber = z
  .string()
  .regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'Must be a version: three numbers such as 2.10.0')
  .meta({ example: '4.10.0' });

/** A product, for the staff. */
export const product = named.meta({ id: 'Product' });
export type Product = z.infer<typeof product>;

export const productList = z.object({ products: z.array(product) }).meta({ id: 'ProductList' });
export type ProductList = z.infer<typeof productList>;

export const newProduct = z
  .strictObject({ name: text(120).meta({ example: 'Cue Rental' }) })
  .meta({ id: 'NewProduct' });
export type NewProduct = z.infer<typeof newProduct>;

/** A version of a product, for the staff. */
export const version = z
  .object({
    productId: id,
    version: versionNumber,
    notes: z.string(),
    security: z.boolean().meta({ description: 'Fixes a security problem.' }),
    releasedAt: instant
      .nullable()
      .meta({ description: 'Deployments see the version from then on; null before the release.' }),
  })
  .meta({ id: 'Version' });
export type Version = z.infer<typeof version>;

/** A version to create; it is not released yet. */
export const newVersion = z
  .strictObject({
    version: versionNumber.meta({ example: '5.0.0' }),
    notes: text(2_000).meta({ example: 'Reads new cue sensors.' }),
    security: z.boolean().default(false).meta({ description: 'Fixes a security problem.', example: false }),
  })
  .meta({ id: 'NewVersion' });
export type NewVersion = z.infer<typeof newVersion>;

export const versionList = z.object({ versions: z.array(version) }).meta({ id: 'VersionList' });
export type VersionList = z.infer<typeof versionList>;

/** A deployment and the version that it runs. */
export const deployment = z
  .object({
    id,
    product: named,
    customer: named,
    tenant: named,
    stage: z.enum(deploymentStage.enumValues),
    version: versionNumber,
  })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof deployment>;

/** The version to move a deployment to. */
export const deploymentMove = z
  .strictObject({ version: versionNumber.meta({ example: '4.9.0' }) })
  .meta({ id: 'DeploymentMove' });
export type DeploymentMove = z.infer<typeof deploymentMove>;

export const deploymentPage = pageOf(deployment).meta({ id: 'DeploymentPage' });

export const deploymentQuery = z.strictObject({
  productId: id.optional().meta({ description: 'Only deployments of this product.', example: '1' }),
  ...pageQuery,
});
export type DeploymentQuery = z.infer<typeof deploymentQuery>;

/** A version that a deployment can be updated to. */
const pendingUpdate = version.omit({ productId: true }).extend({ releasedAt: instant }).meta({ id: 'PendingUpdate' });
export type PendingUpdate = z.infer<typeof pendingUpdate>;

/** The newer versions for a deployment. */
export const pendingUpdates = z
  .object({
    deployment,
    updates: z
      .array(pendingUpdate)
      .meta({ description: 'Released versions newer than the one it runs, the newest first.' }),
  })
  .meta({ id: 'PendingUpdates' });
export type PendingUpdates = z.infer<typeof pendingUpdates>;

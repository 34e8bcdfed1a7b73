import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';
import { pageOf, pageQuery } from '../../platform/http/requests/page.js';
import { deploymentStage } from './release.tables.js';

const named = z.object({ id, name: z.string() });
const instant = z.iso.datetime().meta({ example: '2026-10-31T17:00:00.000Z' });

/** A version as it stands in a path. */
export const versionNumber = z
  .string()
  .regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'Must be a version: three numbers such as 2.10.0')
  .meta({ example: '4.10.0' });

/** A version of a product, for those who release it. */
export const version = z
  .object({
    productId: id,
    version: versionNumber,
    notes: z.string(),
    security: z.boolean().meta({ description: 'Closes a hole.' }),
    releasedAt: instant.nullable().meta({ description: 'Nobody is offered it before.' }),
  })
  .meta({ id: 'Version' });
export type Version = z.infer<typeof version>;

export const versionList = z.object({ versions: z.array(version) }).meta({ id: 'VersionList' });
export type VersionList = z.infer<typeof versionList>;

/** A deployment in a list. */
const deployment = z
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

export const deploymentPage = pageOf(deployment).meta({ id: 'DeploymentPage' });

export const deploymentQuery = z.strictObject({
  productId: id.optional().meta({ description: 'Only those of this product.', example: '1' }),
  ...pageQuery,
});
export type DeploymentQuery = z.infer<typeof deploymentQuery>;

/** A version that a deployment could be updated to. */
const pendingUpdate = version.omit({ productId: true }).extend({ releasedAt: instant }).meta({ id: 'PendingUpdate' });
export type PendingUpdate = z.infer<typeof pendingUpdate>;

/** What a deployment could be updated to. */
export const pendingUpdates = z
  .object({
    deployment,
    updates: z.array(pendingUpdate).meta({ description: 'Released versions newer than its own, the newest first.' }),
  })
  .meta({ id: 'PendingUpdates' });
export type PendingUpdates = z.infer<typeof pendingUpdates>;

import { onTable } from 'nest-larder/change-feed';
import { deploymentKeys, memberOfKey, productKeys } from './release.keys.js';

// Releases are missing here on purpose: only arena writes them, and that method invalidates.

/** Deployments report their running version to the database directly; staff moves customers by hand. */
const onDeployments = onTable('deployments', {
  columns: ['id'],
  invalidate: ({ rows }) => rows.map(({ id }) => deploymentKeys.one(String(id))),
  covers: [deploymentKeys.all],
});

/** A user who is removed from a tenant loses access at once. */
const onMembers = onTable('tenant_members', {
  columns: ['user_id'],
  invalidate: ({ rows }) => rows.map(({ user_id }) => memberOfKey(String(user_id))),
  covers: [['user']],
});

const onProducts = onTable('products', {
  columns: ['id'],
  invalidate: () => [productKeys.list()],
  covers: [productKeys.all],
});

export const releaseRules = [onDeployments, onMembers, onProducts];

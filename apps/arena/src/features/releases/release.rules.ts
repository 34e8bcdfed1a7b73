import { onTable } from 'nest-larder/change-feed';
import { deploymentKeys, memberOfKey } from './release.keys.js';

// A release is not among them: the method that makes it says so itself, and once is enough.

/** Deployments report for themselves which version they run; customers are moved by hand. */
const onDeployments = onTable('deployments', {
  columns: ['id'],
  invalidate: ({ rows }) => rows.map(({ id }) => deploymentKeys.one(String(id))),
  covers: [deploymentKeys.all],
});

/** Who is taken out of a tenant is out at once. */
const onMembers = onTable('tenant_members', {
  columns: ['user_id'],
  invalidate: ({ rows }) => rows.map(({ user_id }) => memberOfKey(String(user_id))),
  covers: [['user']],
});

export const releaseRules = [onDeployments, onMembers];

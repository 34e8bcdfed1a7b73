import { defineKeys, type Tag, tag, userKey } from 'nest-larder';

/** All that is cached of a deployment lies below its key. */
export const deploymentKeys = defineKeys('deployment', {
  one: (id: string) => [id],
  place: (id: string) => [id, 'place'],
  shown: (id: string) => [id, 'shown'],
});

/** The label of what a new version of a product changes: the pending updates of every deployment of it, and nothing else. */
export function releasesOf(productId: string): Tag {
  return tag(`releases-of:${productId}`);
}

export const memberOfKey = (userId: string) => userKey(userId, 'member-of');

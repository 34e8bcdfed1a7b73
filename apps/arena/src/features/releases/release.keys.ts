import { defineKeys, type Tag, tag, userKey } from 'nest-larder';

/** Everything cached about a deployment is below its key. */
export const deploymentKeys = defineKeys('deployment', {
  one: (id: string) => [id],
  place: (id: string) => [id, 'place'],
  shown: (id: string) => [id, 'shown'],
});

export const productKeys = defineKeys('products', { list: () => ['list'] });

/** The tag that a release invalidates: the pending updates of every deployment of the product. */
export function releasesOf(productId: string): Tag {
  return tag(`releases-of:${productId}`);
}

export const memberOfKey = (userId: string) => userKey(userId, 'member-of');

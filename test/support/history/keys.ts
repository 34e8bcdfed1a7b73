/** A key of the items that nodes read and write, in one of two groups that share a prefix and a tag. */
export type ItemKey = readonly ['shop', group: number, item: number];

export const GROUPS: readonly (readonly ItemKey[])[] = [0, 1].map((group) =>
  [0, 1, 2].map((item) => ['shop', group, item] as const),
);

/** The group of the keys that each belong to one node, which writes them with `set`, one value after the other. */
export const OWN_GROUP = 2;

export const OWN_KEYS: readonly ItemKey[] = [0, 1, 2].map((node) => ['shop', OWN_GROUP, node]);

/** The keys that any node may write. */
export const SHARED_KEYS: readonly ItemKey[] = GROUPS.flat();

export const KEYS: readonly ItemKey[] = [...SHARED_KEYS, ...OWN_KEYS];

export function nameOf(key: readonly unknown[]): string {
  return key.join(':');
}

/** A cached value: a version of an item. */
export interface Item {
  readonly key: string;
  readonly version: number;
}

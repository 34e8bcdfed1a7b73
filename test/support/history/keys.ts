/** A key of the items that nodes read and write, in one of two groups that share a prefix and a tag. */
export type ItemKey = readonly ['shop', group: number, item: number];

export const GROUPS: readonly (readonly ItemKey[])[] = [0, 1].map((group) =>
  [0, 1, 2].map((item) => ['shop', group, item] as const),
);

export const KEYS: readonly ItemKey[] = GROUPS.flat();

export function nameOf(key: readonly unknown[]): string {
  return key.join(':');
}

/** A cached value: a version of an item. */
export interface Item {
  readonly key: string;
  readonly version: number;
}

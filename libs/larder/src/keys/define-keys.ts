import type { Key, KeyPart } from './key.js';

type Family = Record<string, (...parameters: never[]) => readonly KeyPart[]>;

type KeysOf<Name extends string, Functions extends Family> = {
  readonly [Member in keyof Functions]: (
    ...parameters: Parameters<Functions[Member]>
  ) => readonly [Name, ...ReturnType<Functions[Member]>];
} & {
  /** The key above all keys of this family: as a target it covers all of them. */
  readonly all: readonly [Name];
};

/**
 * Names the keys of one family once, for the method that caches, the write that invalidates, and the tests.
 *
 * @param name the first part of every key
 * @param functions for each kind of key, a function that returns the parts after the name
 *
 * @example
 * ```ts
 * const tournamentKeys = defineKeys('tournaments', {
 *   list: (query: { page: number }) => ['list', query],
 *   one: (id: string) => [id],
 * });
 * tournamentKeys.all; // ['tournaments']
 * tournamentKeys.one('42'); // ['tournaments', '42']
 * ```
 */
export function defineKeys<const Name extends string, const Functions extends Family>(
  name: Name,
  functions: Functions,
): KeysOf<Name, Functions> {
  const keys: Record<string, unknown> = {};
  for (const [member, rest] of Object.entries(functions)) {
    keys[member] = (...parameters: never[]): Key => [name, ...rest(...parameters)];
  }
  return Object.freeze({ ...keys, all: Object.freeze([name]) }) as unknown as KeysOf<Name, Functions>;
}

/** A key below `['api']`: `apiKey('v1', 'venues', 7)`. */
export function apiKey(...parts: readonly KeyPart[]): Key {
  return ['api', ...parts];
}

/** A key of one user's data: `userKey(userId, 'notifications')` lies below `userKey(userId)`. */
export function userKey(userId: string | number | bigint, ...parts: readonly KeyPart[]): Key {
  return ['user', userId, ...parts];
}

/** A key of one venue's data: `venueKey(venueId, 'tables')` lies below `venueKey(venueId)`. */
export function venueKey(venueId: string | number | bigint, ...parts: readonly KeyPart[]): Key {
  return ['venue', venueId, ...parts];
}

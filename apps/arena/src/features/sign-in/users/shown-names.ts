import { type Tag, tag } from 'nest-larder';

/** The tag of every value that shows any user's name. */
export const SHOWN_NAMES = tag('user-names');

/** The tags of a value that shows the names of these users. */
export function shownNames(userIds: readonly string[]): Tag[] {
  return [SHOWN_NAMES, ...[...new Set(userIds)].map(nameOf)];
}

/** The tag of every value that shows one user's name. */
export function nameOf(userId: string): Tag {
  return tag(`user-name:${userId}`);
}

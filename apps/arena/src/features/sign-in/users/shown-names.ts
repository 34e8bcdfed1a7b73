import { type Tag, tag } from 'nest-larder';

/** The label of every value that shows the name of any user. */
export const SHOWN_NAMES = tag('user-names');

/** The labels of a value that shows the names of some users. */
export function shownNames(userIds: readonly string[]): Tag[] {
  return [SHOWN_NAMES, ...[...new Set(userIds)].map(nameOf)];
}

/** The label of every value that shows the name of one user. */
export function nameOf(userId: string): Tag {
  return tag(`user-name:${userId}`);
}

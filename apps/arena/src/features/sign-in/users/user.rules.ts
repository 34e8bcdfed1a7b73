import { onTable } from 'nest-larder/change-feed';
import { meKey, profileKey } from './profile.js';
import { nameOf, SHOWN_NAMES } from './shown-names.js';

// Users change their own names through arena; other programs change everything.

/** Pages show the names of other users; they show no password and no address. */
const onUsers = onTable('users', {
  columns: ['id', 'name'],
  invalidate: ({ rows, before, after }) =>
    rows.flatMap(({ id }) =>
      before?.name === after?.name
        ? [profileKey(String(id)), meKey(String(id))]
        : [profileKey(String(id)), meKey(String(id)), nameOf(String(id))],
    ),
  covers: [SHOWN_NAMES, ['user']],
});

export const userRules = [onUsers];

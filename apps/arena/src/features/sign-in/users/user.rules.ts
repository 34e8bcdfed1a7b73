import { onTable } from 'nest-larder/change-feed';
import { profileKey } from './profile.js';
import { nameOf, SHOWN_NAMES } from './shown-names.js';

// Nothing in arena changes users: all changes come from outside.

/** A name is shown on pages that belong to others; a password and an address are shown nowhere. */
const onUsers = onTable('users', {
  columns: ['id', 'name'],
  invalidate: ({ rows, before, after }) =>
    rows.flatMap(({ id }) =>
      before?.name === after?.name ? [profileKey(String(id))] : [profileKey(String(id)), nameOf(String(id))],
    ),
  covers: [SHOWN_NAMES, ['user']],
});

export const userRules = [onUsers];

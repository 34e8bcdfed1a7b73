import { onTable } from 'nest-larder/change-feed';
import { listsShowing, tournamentKeys } from './tournament.keys.js';
import type { Tournament } from './tournament.schemas.js';

/** Organisers also change tournaments with tools of their own, past arena. */
const onTournaments = onTable('tournaments', {
  columns: ['id', 'venue_id', 'status'],
  invalidate: ({ rows }) =>
    rows.flatMap(({ id, venue_id, status }) => [
      tournamentKeys.one(String(id)),
      ...listsShowing(status as Tournament['status'], String(venue_id)),
    ]),
  covers: [tournamentKeys.all],
});

export const tournamentRules = [onTournaments];

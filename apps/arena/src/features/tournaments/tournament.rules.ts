import { onTable } from 'nest-larder/change-feed';
import { SHOWN_VENUES, showing, tournamentTag } from './shown-places.js';
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

const onVenues = onTable('venues', {
  columns: ['id'],
  invalidate: ({ rows }) => rows.flatMap(({ id }) => showing(String(id))),
  covers: [SHOWN_VENUES],
});

/** Arena invalidates what an entry changes by itself: the next read after that may load once more. */
const onEntries = onTable('entries', {
  columns: ['tournament_id'],
  invalidate: ({ rows }) =>
    rows.flatMap(({ tournament_id }) => [
      tournamentKeys.one(String(tournament_id)),
      tournamentTag(String(tournament_id)),
    ]),
  covers: [tournamentKeys.all],
});

export const tournamentRules = [onTournaments, onVenues, onEntries];

import { venueKey } from 'nest-larder';
import { onTable } from 'nest-larder/change-feed';
import { SHOWN_VENUES, showing, tournamentTag } from './shown-places.js';
import { listsShowing, tournamentKeys } from './tournament.keys.js';
import type { Tournament } from './tournament.schemas.js';
import { venuePages } from './venues/venue.keys.js';

// Arena marks its write-through, so that the change feed keeps the page which it has stored. Other changes by arena are
// invalidated twice: by the write, and by the change feed a few milliseconds later.

/** Organisers also change tournaments with tools of their own. An update that changes no value invalidates nothing. */
const onTournaments = onTable('tournaments', {
  columns: ['id', 'venue_id', 'status'],
  invalidate: ({ rows, changed }) =>
    changed?.length === 0
      ? []
      : rows.flatMap(({ id, venue_id, status }) => [
          tournamentKeys.one(String(id)),
          ...listsShowing(status as Tournament['status'], String(venue_id)),
        ]),
  covers: [tournamentKeys.all, ['venue']],
});

const onVenues = onTable('venues', {
  columns: ['id'],
  invalidate: ({ rows }) => rows.flatMap(({ id }) => [...showing(String(id)), venueKey(String(id)), venuePages.list()]),
  covers: [SHOWN_VENUES, ['venue'], venuePages.list()],
});

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

import { isDeepStrictEqual } from 'node:util';
import { defineKeys, type Key, venueKey } from 'nest-larder';
import type { Tournament, TournamentChange, TournamentQuery } from './tournament.schemas.js';

type Filter = Pick<TournamentQuery, 'status' | 'venueId'>;

/** Lists are below their filter: all pages of one filter are invalidated together, without those of other filters. */
export const tournamentKeys = defineKeys('tournaments', {
  list: ({ status, venueId, page, perPage }: TournamentQuery) => ['list', { status, venueId }, { page, perPage }],
  lists: ({ status, venueId }: Filter) => ['list', { status, venueId }],
  one: (id: string) => [id],
  /** Below the tournament: a new entry invalidates both. */
  entries: (id: string) => [id, 'entries'],
});

/** Every list with a tournament in any of these states: filtered by its status or none, and by its venue or none. */
export function listsWith(...states: readonly Tournament[]): Key[] {
  return states.flatMap(({ status, venue }) => listsShowing(status, venue.id));
}

/** Every list that shows tournaments of one status at one venue, and the venue's page. */
export function listsShowing(status: Tournament['status'], venueId: string): Key[] {
  return [
    tournamentKeys.lists({}),
    tournamentKeys.lists({ status }),
    tournamentKeys.lists({ venueId }),
    tournamentKeys.lists({ status, venueId }),
    venueKey(venueId),
  ];
}

/** The lists that a change affects. The tournament's own page is written through instead. */
export function listsTouchedBy({ before, after }: TournamentChange): Key[] {
  return isDeepStrictEqual(before, after) ? [] : listsWith(before, after);
}

/** The pages that show a tournament: its own page and lists. */
export function pagesWith(tournament: Tournament): Key[] {
  return [tournamentKeys.one(tournament.id), ...listsWith(tournament)];
}

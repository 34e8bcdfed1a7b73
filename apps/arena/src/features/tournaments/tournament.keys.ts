import { isDeepStrictEqual } from 'node:util';
import { defineKeys, type Key } from 'nest-larder';
import type { Tournament, TournamentChange, TournamentQuery } from './tournament.schemas.js';

type Filter = Pick<TournamentQuery, 'status' | 'venueId'>;

/** Lists lie below their filter, so that all pages of one filter are invalidated at once, and those of others are not. */
export const tournamentKeys = defineKeys('tournaments', {
  list: ({ status, venueId, page, perPage }: TournamentQuery) => ['list', { status, venueId }, { page, perPage }],
  lists: ({ status, venueId }: Filter) => ['list', { status, venueId }],
  one: (id: string) => [id],
});

/** Every list that shows a tournament in any of these states: those with its status or none, and its venue or none. */
export function listsWith(...states: readonly Tournament[]): Key[] {
  return states.flatMap(({ status, venue }) => listsShowing(status, venue.id));
}

/** Every list that shows tournaments of a status at a venue. */
export function listsShowing(status: Tournament['status'], venueId: string): Key[] {
  return [
    tournamentKeys.lists({}),
    tournamentKeys.lists({ status }),
    tournamentKeys.lists({ venueId }),
    tournamentKeys.lists({ status, venueId }),
  ];
}

/** The lists that a change shows in. Its own page is not among them: that is written through. */
export function listsTouchedBy({ before, after }: TournamentChange): Key[] {
  return isDeepStrictEqual(before, after) ? [] : listsWith(before, after);
}

/** What a tournament stands in: its own page and lists. */
export function pagesWith(tournament: Tournament): Key[] {
  return [tournamentKeys.one(tournament.id), ...listsWith(tournament)];
}

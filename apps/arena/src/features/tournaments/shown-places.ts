import { type Tag, tag } from 'nest-larder';
import type { Tournament } from './tournament.schemas.js';

/** The label of every value that shows any venue. */
export const SHOWN_VENUES = tag('venues');

/** The labels of a page that a change has written through: its parameters do not tell the venue. */
export const WRITTEN_PAGE = [SHOWN_VENUES, tag('venue-of-a-change')] as const;

/** The labels of a value that shows some tournaments. */
export function shownTournaments(tournaments: readonly Tournament[]): Tag[] {
  const venues = new Set(tournaments.map(({ venue }) => venue.id));
  return [
    SHOWN_VENUES,
    ...[...venues].map((id) => tag(`venue:${id}`)),
    ...tournaments.map(({ id }) => tournamentTag(id)),
  ];
}

/** The labels of every value that shows a venue. */
export function showing(venueId: string): Tag[] {
  return [tag(`venue:${venueId}`), WRITTEN_PAGE[1]];
}

/** The label of every list that shows a tournament. */
export function tournamentTag(id: string): Tag {
  return tag(`tournament:${id}`);
}

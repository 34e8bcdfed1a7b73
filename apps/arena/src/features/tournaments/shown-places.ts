import { type Tag, tag } from 'nest-larder';
import type { Tournament } from './tournament.schemas.js';

/** The tag of every value that shows a venue. */
export const SHOWN_VENUES = tag('venues');

/** The tags of a page that a write-through stores: the parameters of the method do not name the venue. */
export const WRITTEN_PAGE = [SHOWN_VENUES, tag('venue-of-a-change')] as const;

/** The tags of a value that shows these tournaments. */
export function shownTournaments(tournaments: readonly Tournament[]): Tag[] {
  const venues = new Set(tournaments.map(({ venue }) => venue.id));
  return [
    SHOWN_VENUES,
    ...[...venues].map((id) => tag(`venue:${id}`)),
    ...tournaments.map(({ id }) => tournamentTag(id)),
  ];
}

/** The tags of every value that shows one venue. */
export function showing(venueId: string): Tag[] {
  return [tag(`venue:${venueId}`), WRITTEN_PAGE[1]];
}

/** The tag of every list that shows one tournament. */
export function tournamentTag(id: string): Tag {
  return tag(`tournament:${id}`);
}

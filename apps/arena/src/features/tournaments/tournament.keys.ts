import { defineKeys } from 'nest-larder';
import type { TournamentQuery } from './tournament.schemas.js';

export const tournamentKeys = defineKeys('tournaments', {
  list: ({ status, venueId, page, perPage }: TournamentQuery) => ['list', { status, venueId }, { page, perPage }],
  one: (id: string) => [id],
  entries: (id: string) => [id, 'entries'],
});

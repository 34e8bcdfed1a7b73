import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';
import { pageOf, pageQuery } from '../../platform/http/requests/page.js';
import { text } from '../../platform/http/requests/text.js';
import { discipline, tournamentStatus } from './tournament.tables.js';

const status = z.enum(tournamentStatus.enumValues);
const startsAt = z.iso.datetime({ offset: true }).meta({ example: '2027-06-05T17:00:00.000Z' });
const capacity = z.int().min(2).max(256);
const entryFeeCents = z.int().min(0).max(1_000_000);

/** The public fields of a tournament. */
export const tournament = z
  .object({
    id,
    name: z.string().meta({ example: 'Winter Open 9-ball' }),
    discipline: z.enum(discipline.enumValues),
    status,
    startsAt,
    venue: z.object({ id, name: z.string(), city: z.string() }),
    capacity,
    entries: z.int().meta({ description: 'Number of players who have entered.' }),
    entryFeeCents,
  })
  .meta({ id: 'Tournament' });
export type Tournament = z.infer<typeof tournament>;

export const tournamentPage = pageOf(tournament).meta({ id: 'TournamentPage' });

export const tournamentQuery = z.strictObject({
  status: status.optional().meta({ example: 'open' }),
  venueId: id.optional().meta({ description: 'Only tournaments at this venue.', example: '1' }),
  ...pageQuery,
});
export type TournamentQuery = z.infer<typeof tournamentQuery>;

/** The pages that visitors request first: all tournaments, and the open ones. */
export const FIRST_TOURNAMENTS: readonly [TournamentQuery][] = [
  [tournamentQuery.parse({})],
  [tournamentQuery.parse({ status: 'open' })],
];

/** The fields that an organiser writes. */
const plan = {
  name: text(120).meta({ example: 'Harbour Classic 8-ball' }),
  venueId: id.meta({ example: '2' }),
  discipline: z.enum(discipline.enumValues).meta({ example: '8-ball' }),
  status: status.meta({ example: 'open' }),
  startsAt,
  capacity: capacity.meta({ example: 64 }),
  entryFeeCents: entryFeeCents.meta({ example: 1500 }),
};

export const newTournament = z
  .strictObject({ ...plan, status: plan.status.default('upcoming'), entryFeeCents: plan.entryFeeCents.default(0) })
  .meta({ id: 'NewTournament' });
export type NewTournament = z.infer<typeof newTournament>;

export const tournamentChanges = z.strictObject(plan).partial().meta({ id: 'TournamentChanges' });
export type TournamentChanges = z.infer<typeof tournamentChanges>;

import { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';
import { tournament } from '../tournament.schemas.js';

/** A place to play. */
const venue = z
  .object({ id, name: z.string(), city: z.string(), tables: z.int().meta({ description: 'Number of tables.' }) })
  .meta({ id: 'Venue' });

export const venueList = z.object({ venues: z.array(venue) }).meta({ id: 'VenueList' });
export type VenueList = z.infer<typeof venueList>;

/** A venue with the tournaments that take place there. */
export const venueWithTournaments = venue
  .extend({
    tournaments: z
      .array(tournament.pick({ id: true, name: true, discipline: true, status: true, startsAt: true }))
      .meta({ description: 'The next ten that run, are open or are planned; the earliest first.' }),
  })
  .meta({ id: 'VenueWithTournaments' });
export type VenueWithTournaments = z.infer<typeof venueWithTournaments>;

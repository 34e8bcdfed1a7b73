import { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';

/** A player in a tournament. */
const entry = z
  .object({
    player: z.object({ id, name: z.string() }),
    enteredAt: z.iso.datetime(),
    place: z.int().nullable().meta({ description: 'Null before the results, and for players without a place.' }),
  })
  .meta({ id: 'Entry' });

export const entryList = z.object({ entries: z.array(entry) }).meta({ id: 'EntryList' });
export type EntryList = z.infer<typeof entryList>;

export const results = z
  .strictObject({
    places: z
      .array(id)
      .min(1)
      .max(256)
      .refine((ids) => new Set(ids).size === ids.length, 'Must name each player once')
      .meta({ description: 'Ids of players: the winner first.', example: ['3'] }),
  })
  .meta({ id: 'Results' });
export type Results = z.infer<typeof results>;

import { userKey } from 'nest-larder';
import { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';

/** The public fields of a user. */
export const profile = z
  .object({
    id,
    name: z.string().meta({ example: 'Ada Okafor' }),
    organiser: z.boolean().meta({ description: 'May create and change tournaments.' }),
    createdAt: z.iso.datetime().meta({ example: '2026-10-31T23:45:00.000Z' }),
  })
  .meta({ id: 'Profile' });
export type Profile = z.infer<typeof profile>;

/** A user's own account. */
export const meKey = (userId: string) => userKey(userId, 'me');

export const profileKey = (userId: string) => userKey(userId, 'profile');

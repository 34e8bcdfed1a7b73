import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';
import { text } from '../../platform/http/requests/text.js';

const name = text(80).meta({ example: 'Ada Okafor' });
const password = z.string().min(8).max(200);

/** What a new user gives. */
export const newAccount = z
  .strictObject({
    email: text(320).toLowerCase().pipe(z.email()).meta({ example: 'ada@example.com' }),
    name,
    password: password.meta({ example: 'chalk-and-cue' }),
  })
  .meta({ id: 'NewAccount' });
export type NewAccount = z.infer<typeof newAccount>;

/** A user's own account. */
export const me = z
  .object({
    id,
    email: z.string(),
    name: z.string(),
    organiser: z.boolean(),
    staff: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof me>;

export const meChanges = z.strictObject({ name }).meta({ id: 'MeChanges' });
export type MeChanges = z.infer<typeof meChanges>;

export const passwordChange = z
  .strictObject({
    current: z.string().min(1).max(200).meta({ example: 'arena' }),
    password: password.meta({ example: 'chalk-and-cue' }),
  })
  .meta({ id: 'PasswordChange' });
export type PasswordChange = z.infer<typeof passwordChange>;

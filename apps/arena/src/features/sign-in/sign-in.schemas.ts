import { z } from 'zod';
import { text } from '../../platform/http/requests/text.js';

export const credentials = z
  .strictObject({
    email: text(320).toLowerCase().meta({ example: 'player1@arena.test' }),
    password: z.string().min(1).max(200).meta({ example: 'arena' }),
  })
  .meta({ id: 'Credentials' });
export type Credentials = z.infer<typeof credentials>;

export const signedIn = z
  .object({ token: z.string().meta({ description: 'Send it as `Authorization: Bearer …`; valid for twelve hours.' }) })
  .meta({ id: 'SignedIn' });
export type SignedInAnswer = z.infer<typeof signedIn>;

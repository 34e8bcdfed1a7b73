import { z } from 'zod';
import { text } from '../requests/text.js';

export const announcement = z
  .strictObject({ text: text(200).meta({ example: 'The finals begin at table 1.' }) })
  .meta({ id: 'Announcement' });
export type Announcement = z.infer<typeof announcement>;

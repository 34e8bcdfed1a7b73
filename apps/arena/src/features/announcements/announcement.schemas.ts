import { z } from 'zod';
import { text } from '../../platform/http/requests/text.js';

export const announcement = z
  .strictObject({ text: text(200).meta({ example: 'The finals begin at table 1.' }) })
  .meta({ id: 'Announcement' });
export type Announcement = z.infer<typeof announcement>;

/** Events that arena emits to every socket. */
export interface AnnouncementEvents {
  announcement(announcement: Announcement): void;
}

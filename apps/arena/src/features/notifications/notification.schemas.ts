import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';
import { pageOf, pageQuery } from '../../platform/http/requests/page.js';
import { text } from '../../platform/http/requests/text.js';

const instant = z.iso.datetime().meta({ example: '2026-10-31T17:00:00.000Z' });

/** A notification as its recipient sees it. */
export const notification = z
  .object({
    id,
    title: z.string().meta({ example: 'Message' }),
    body: z.string().meta({ example: 'Rematch?' }),
    sender: z
      .object({ id, name: z.string() })
      .nullable()
      .meta({ description: 'Null for a notification from arena itself.' }),
    createdAt: instant,
    readAt: instant.nullable(),
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof notification>;

export const notificationPage = pageOf(notification).meta({ id: 'NotificationPage' });

export const notificationQuery = z.strictObject({
  unread: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'Only those that are unread, or only those that are read.' }),
  ...pageQuery,
});
export type NotificationQuery = z.infer<typeof notificationQuery>;

export const unreadCount = z.object({ unread: z.int().meta({ example: 3 }) }).meta({ id: 'UnreadCount' });
export type UnreadCount = z.infer<typeof unreadCount>;

export const newNotification = z
  .strictObject({
    userId: id.meta({ description: 'The recipient.', example: '2' }),
    title: text(120).meta({ example: 'Message' }),
    body: text(2_000).meta({ example: 'Practice on Thursday?' }),
  })
  .meta({ id: 'NewNotification' });
export type NewNotification = z.infer<typeof newNotification>;

/** Events that arena emits to the sockets of a user. */
export interface NotificationEvents {
  /** To every socket of the recipient. */
  notification(news: { notification: Notification; unread: number }): void;
  /** To every socket of a user who has read a notification. */
  unread(count: { unread: number }): void;
}

import { sql } from 'drizzle-orm';
import { index, pgSequence, pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, ownId } from '../../platform/database/columns.js';
import { users } from '../sign-in/users/user.tables.js';

export const notificationIds = pgSequence('notification_ids');

export const notifications = pgTable(
  'notifications',
  {
    id: ownId(notificationIds),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    /** Null for a notification from arena itself. */
    senderId: id('sender_id').references(() => users.id),
    title: text('title').notNull(),
    body: text('body').notNull(),
    createdAt: createdAt(),
    readAt: instant('read_at'),
  },
  (notification) => [
    index('notifications_of_user').on(
      notification.userId,
      notification.createdAt.desc().nullsFirst(),
      notification.id.desc().nullsFirst(),
    ),
    index('notifications_unread').on(notification.userId).where(sql`${notification.readAt} is null`),
  ],
);

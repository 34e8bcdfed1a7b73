import { userKey } from 'nest-larder';
import type { NotificationQuery } from './notification.schemas.js';

/** All keys of a user's notifications are below that user's key. */
export const notificationKeys = {
  list: (userId: string, { unread, page, perPage }: NotificationQuery) =>
    userKey(userId, 'notifications', 'list', { unread }, { page, perPage }),
  unreadCount: (userId: string) => userKey(userId, 'notifications', 'unread-count'),
};

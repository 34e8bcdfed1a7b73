import { type Key, userKey } from 'nest-larder';
import type { NotificationQuery } from './notification.schemas.js';

/** All keys of a user's notifications are below that user's key. */
export const notificationKeys = {
  list: (userId: string, { unread, page, perPage }: NotificationQuery) =>
    userKey(userId, 'notifications', 'list', { unread }, { page, perPage }),
  lists: (userId: string, { unread }: Pick<NotificationQuery, 'unread'>) =>
    userKey(userId, 'notifications', 'list', { unread }),
  unreadCount: (userId: string) => userKey(userId, 'notifications', 'unread-count'),
  all: (userId: string) => userKey(userId, 'notifications'),
};

/** The pages that show a new notification: the count, and every list except that of read ones. */
export function pagesWithNew(userId: string): Key[] {
  return [
    notificationKeys.unreadCount(userId),
    notificationKeys.lists(userId, {}),
    notificationKeys.lists(userId, { unread: true }),
  ];
}

import { type Key, userKey } from 'nest-larder';
import type { NotificationQuery } from './notification.schemas.js';

/** Everything about a user's notifications lies below one key of that user: nobody else's can be meant by it. */
export const notificationKeys = {
  list: (userId: string, { unread, page, perPage }: NotificationQuery) =>
    userKey(userId, 'notifications', 'list', { unread }, { page, perPage }),
  lists: (userId: string, { unread }: Pick<NotificationQuery, 'unread'>) =>
    userKey(userId, 'notifications', 'list', { unread }),
  unreadCount: (userId: string) => userKey(userId, 'notifications', 'unread-count'),
  all: (userId: string) => userKey(userId, 'notifications'),
};

/** What shows a new notification: the count, and every list but that of what was read. */
export function pagesWithNew(userId: string): Key[] {
  return [
    notificationKeys.unreadCount(userId),
    notificationKeys.lists(userId, {}),
    notificationKeys.lists(userId, { unread: true }),
  ];
}

import { onTable } from 'nest-larder/change-feed';
import { notificationKeys, pagesWithNew } from './notification.keys.js';

// Arena invalidates its own writes. The change feed invalidates them again, so the next read may load once more.

const onNotifications = onTable('notifications', {
  columns: ['user_id', 'read_at'],
  invalidate: ({ op, rows }) =>
    rows.flatMap(({ user_id, read_at }) =>
      op === 'insert' && read_at === null ? pagesWithNew(String(user_id)) : [notificationKeys.all(String(user_id))],
    ),
  covers: [['user']],
});

export const notificationRules = [onNotifications];

import type { notifications } from '../../features/notifications/notification.table.js';
import { USERS } from './people.js';
import type { Random } from './random.js';
import { HOUR, ids, seasonPlus } from './season.js';

const EACH = 100;

type Notification = typeof notifications.$inferInsert;

const TEXTS: readonly (readonly [title: string, body: string])[] = [
  ['Your match is next', 'Table 4 is being brushed. You play in about ten minutes.'],
  ['New offer', 'A player made an offer on an item that you sell.'],
  ['Entry confirmed', 'You are on the list. Doors open half an hour before the first break.'],
  ['Bracket published', 'The draw is out. Have a look at who you meet in the first round.'],
  ['Seats left', 'A tournament at a venue you have played at still has places.'],
  ['Result recorded', 'Your last match is in the books. Well played.'],
];
const GREETINGS = ['Rematch?', 'Practice on Thursday?', 'Is the cue still for sale?', 'Good game!'];

/** A hundred notifications for each user, the newest with the highest id; most of the older ones are read. */
export function notificationRows(random: Random): Notification[] {
  return ids(USERS).flatMap((userId, user) =>
    ids(EACH).map((_, index) => {
      const fromPlayer = random.fraction() < 0.3;
      const [title, body] = fromPlayer ? ['Message', random.one(GREETINGS)] : random.one(TEXTS);
      const createdAt = seasonPlus((index - EACH) * 7 * HOUR);
      const unread = index === 0 || random.fraction() < index / EACH / 2;
      return {
        id: String(user * EACH + index + 1),
        userId,
        senderId: fromPlayer ? String(((user + random.between(1, USERS - 1)) % USERS) + 1) : null,
        title,
        body,
        createdAt,
        readAt: unread ? null : new Date(createdAt.getTime() + HOUR),
      };
    }),
  );
}

import type { Announcement } from '../announcements/announcement.schemas.js';
import type { Notification } from '../notifications/notification.schemas.js';
import type { MapNews } from '../world-map/world-map.schemas.js';

/** What arena sends to sockets. */
export interface ServerEvents {
  announcement(announcement: Announcement): void;
  /** To every socket of its recipient. */
  notification(news: { notification: Notification; unread: number }): void;
  /** To every socket of a user who has read something. */
  unread(count: { unread: number }): void;
  /** To those who look at the map of a region, at most five times a second. */
  map(news: MapNews): void;
  exception(problem: SocketProblem): void;
}

/** What was wrong with a message. */
interface SocketProblem {
  readonly status: 'error';
  /** For programs, such as `invalid-message`. */
  readonly code: string;
  readonly message: string;
}

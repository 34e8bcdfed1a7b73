import { Injectable, Logger } from '@nestjs/common';
import { userKey } from 'nest-larder';
import { Broadcaster } from 'nest-larder/realtime';
import type { Notification, NotificationEvents } from './notification.schemas.js';
import { Notifications, type Told } from './notifications.js';

/** Pushes new notifications to the sockets of their user, on every node. A failed push is logged, not thrown. */
@Injectable()
export class NotificationPush {
  private readonly logger = new Logger(NotificationPush.name);

  constructor(
    private readonly notifications: Notifications,
    private readonly broadcaster: Broadcaster<NotificationEvents>,
  ) {}

  async arrived(userId: string, notification: Notification): Promise<void> {
    await this.withCount(userId, (unread) =>
      this.broadcaster.to(userKey(userId)).emit('notification', { notification, unread }),
    );
  }

  /** Pushes notifications that arena itself has sent. */
  async told(told: readonly Told[]): Promise<void> {
    await Promise.all(told.map(({ userId, notification }) => this.arrived(userId, notification)));
  }

  async read(userId: string): Promise<void> {
    await this.withCount(userId, (unread) => this.broadcaster.to(userKey(userId)).emit('unread', { unread }));
  }

  private async withCount(userId: string, push: (unread: number) => void): Promise<void> {
    try {
      const { unread } = await this.notifications.unreadCount(userId);
      push(unread);
    } catch (error) {
      this.logger.warn(`A notification of user ${userId} was not pushed: ${error}`);
    }
  }
}

import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { id } from '../../platform/http/requests/id.js';
import type { Page } from '../../platform/http/requests/page.js';
import { CurrentUser, ForSignedIn } from '../sign-in/access/access.js';
import type { User } from '../sign-in/users/user.js';
import { notificationKeys } from './notification.keys.js';
import {
  type NewNotification,
  type Notification,
  type NotificationQuery,
  newNotification,
  notification,
  notificationPage,
  notificationQuery,
  type UnreadCount,
  unreadCount,
} from './notification.schemas.js';
import { NotificationPush } from './notification-push.js';
import { Notifications } from './notifications.js';

/** Users see their own changes at once: a browser may store responses, but revalidates each time. */
const askEachTime = { maxAge: 0 };

@ApiTags('Notifications')
@Controller('notifications')
@ForSignedIn()
export class NotificationsController {
  constructor(
    private readonly notifications: Notifications,
    private readonly push: NotificationPush,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List your notifications, the newest first' })
  @ApiOkResponse({ standardSchema: notificationPage, description: 'One page of notifications' })
  @Cacheable({
    key: ({ id }: User, query: NotificationQuery) => notificationKeys.list(id, query),
    ttl: '1m',
    dependsOn: 'queries',
    scope: 'user',
    http: askEachTime,
  })
  async list(
    @CurrentUser() user: User,
    @Query({ schema: notificationQuery }) query: NotificationQuery,
  ): Promise<Page<Notification>> {
    return this.notifications.list(user.id, query);
  }

  @Get('unread-count')
  @ApiOperation({ summary: 'Count your unread notifications' })
  @ApiOkResponse({ standardSchema: unreadCount, description: 'How many' })
  @Cacheable({
    key: ({ id }: User) => notificationKeys.unreadCount(id),
    ttl: '30s',
    dependsOn: 'queries',
    scope: 'user',
    http: askEachTime,
  })
  async unreadCount(@CurrentUser() user: User): Promise<UnreadCount> {
    return this.notifications.unreadCount(user.id);
  }

  @Post()
  @ApiOperation({ summary: 'Send a notification to a user' })
  @ApiCreatedResponse({ standardSchema: notification, description: 'The notification as the recipient sees it' })
  @AnswersProblem(HttpStatus.UNPROCESSABLE_ENTITY, 'No such user')
  async send(
    @CurrentUser() user: User,
    @Body({ schema: newNotification }) message: NewNotification,
  ): Promise<Notification> {
    const sent = await this.notifications.send(user.id, message);
    await this.push.arrived(message.userId, sent);
    return sent;
  }

  @Post(':id/read')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Mark one of your notifications as read' })
  @ApiOkResponse({ standardSchema: notification, description: 'The notification, marked as read' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'You have no such notification')
  async markRead(
    @CurrentUser() user: User,
    @Param('id', { schema: id }) notificationId: string,
  ): Promise<Notification> {
    const { notification, changed } = await this.notifications.markRead(user.id, notificationId);
    if (changed) await this.push.read(user.id);
    return notification;
  }
}

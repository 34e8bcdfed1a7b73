import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { NotificationPush } from './notification-push.js';
import { NotificationsController } from './notifications.controller.js';
import { Notifications } from './notifications.js';

@Module({
  imports: [SignInModule],
  controllers: [NotificationsController],
  providers: [Notifications, NotificationPush],
  exports: [Notifications, NotificationPush],
})
export class NotificationsModule {}

import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { AnnouncementsController } from './announcements.controller.js';

@Module({ imports: [SignInModule], controllers: [AnnouncementsController] })
export class AnnouncementsModule {}

import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { AppPagesController } from './app-pages.controller.js';
import { EntryController } from './entry.controller.js';
import { LivePageController } from './live-page.controller.js';

@Module({ imports: [SignInModule], controllers: [EntryController, AppPagesController, LivePageController] })
export class AppPagesModule {}

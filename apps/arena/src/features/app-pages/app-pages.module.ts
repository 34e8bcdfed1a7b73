import { Module } from '@nestjs/common';
import { AppPagesController } from './app-pages.controller.js';
import { EntryController } from './entry.controller.js';
import { LivePageController } from './live-page.controller.js';

@Module({ controllers: [EntryController, AppPagesController, LivePageController] })
export class AppPagesModule {}

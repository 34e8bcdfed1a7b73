import { Module } from '@nestjs/common';
import { LivePageController } from './live-page.controller.js';

@Module({ controllers: [LivePageController] })
export class LivePageModule {}

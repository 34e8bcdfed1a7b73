import { Module } from '@nestjs/common';
import { Census } from './census.js';
import { StartPageController } from './start-page.controller.js';

@Module({ controllers: [StartPageController], providers: [Census] })
export class StartPageModule {}

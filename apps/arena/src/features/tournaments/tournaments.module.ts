import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { TournamentsController } from './tournaments.controller.js';
import { Tournaments } from './tournaments.js';

@Module({ imports: [SignInModule], controllers: [TournamentsController], providers: [Tournaments] })
export class TournamentsModule {}

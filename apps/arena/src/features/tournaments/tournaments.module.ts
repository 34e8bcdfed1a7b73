import { Module } from '@nestjs/common';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { EntriesController } from './entries/entries.controller.js';
import { Entries } from './entries/entries.js';
import { TournamentsController } from './tournaments.controller.js';
import { Tournaments } from './tournaments.js';
import { VenuesController } from './venues/venues.controller.js';
import { Venues } from './venues/venues.js';

@Module({
  imports: [SignInModule, NotificationsModule],
  controllers: [TournamentsController, EntriesController, VenuesController],
  providers: [Tournaments, Entries, Venues],
})
export class TournamentsModule {}

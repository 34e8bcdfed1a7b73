import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { ActiveUsers } from './active-users.js';
import { CallCentreController } from './call-centre.controller.js';
import { CallDays } from './calls/call-days.js';
import { RecentCalls } from './calls/recent-calls.js';
import { Dashboards } from './dashboards.js';
import { NewDay } from './new-day.js';
import { Performances } from './performances.js';
import { Teams } from './teams.js';

@Module({
  imports: [SignInModule],
  controllers: [CallCentreController],
  providers: [Teams, CallDays, RecentCalls, Dashboards, Performances, ActiveUsers, NewDay],
})
export class CallCentreModule {}

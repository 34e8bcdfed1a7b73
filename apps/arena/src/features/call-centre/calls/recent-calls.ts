import { Injectable } from '@nestjs/common';
import { Teams } from '../teams.js';
import { CallDays } from './call-days.js';
import { lastDays } from './day.js';
import type { Recent } from './recent.js';

/** Thirty days and today. */
const DAYS = 31;

/** Recent figures of teams, combined from parts that are cached separately. */
@Injectable()
export class RecentCalls {
  constructor(
    private readonly callDays: CallDays,
    private readonly teams: Teams,
  ) {}

  async of(userId: string): Promise<Recent> {
    const days = lastDays(DAYS);
    const [figures, leads] = await Promise.all([
      this.callDays.many(days.map((day) => ({ userId, day }))),
      this.teams.leads(userId),
    ]);
    return { days, figures, leads };
  }
}

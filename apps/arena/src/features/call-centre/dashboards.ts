import { Injectable, NotFoundException } from '@nestjs/common';
import { Cacheable } from 'nest-larder';
import { ActiveUsers } from './active-users.js';
import { dashboardKeys } from './call-centre.keys.js';
import type { Dashboard } from './call-centre.schemas.js';
import { ofAgent, shown } from './calls/recent.js';
import { RecentCalls } from './calls/recent-calls.js';
import { Teams } from './teams.js';

/** Dashboards of users' teams. They depend on what their cached parts depend on. Those of active users are kept warm. */
@Injectable()
export class Dashboards {
  constructor(
    private readonly teams: Teams,
    private readonly recentCalls: RecentCalls,
    private readonly activeUsers: ActiveUsers,
  ) {}

  /** @throws NotFoundException if there is no such user */
  @Cacheable({
    key: dashboardKeys.of,
    ttl: '15m',
    dependsOn: 'queries',
    critical: (dashboards: Dashboards) => dashboards.inUse(),
  })
  async of(userId: string): Promise<Dashboard> {
    const [team, recent] = await Promise.all([this.teams.of(userId), this.recentCalls.of(userId)]);
    if (team === undefined) throw new NotFoundException(`There is no user ${userId}.`);
    const agents = team.agents.map((agent) => {
      const { today, month } = shown(ofAgent(recent, agent.id));
      return { agent, today, month };
    });
    return { user: team.user, ...shown(recent), agents };
  }

  /** The arguments of the dashboards to keep warm. */
  async inUse(): Promise<[string][]> {
    return (await this.activeUsers.list()).map((userId) => [userId]);
  }
}

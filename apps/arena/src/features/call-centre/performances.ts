import { Injectable, NotFoundException } from '@nestjs/common';
import { Cacheable } from 'nest-larder';
import type { User } from '../sign-in/users/user.js';
import { performanceKeys } from './call-centre.keys.js';
import type { AgentPerformance } from './call-centre.schemas.js';
import { ofAgent, type Recent, shown } from './calls/recent.js';
import { RecentCalls } from './calls/recent-calls.js';
import { type Agent, Teams } from './teams.js';

/** Performance of agents. */
@Injectable()
export class Performances {
  constructor(
    private readonly teams: Teams,
    private readonly recentCalls: RecentCalls,
  ) {}

  /** @throws NotFoundException if the user's team has no such agent; the staff sees all teams */
  async find(user: User, agentId: string): Promise<Agent> {
    const agent = await this.teams.agent(agentId);
    if (agent === undefined || !(user.staff || agent.userId === user.id)) {
      throw new NotFoundException(`There is no agent ${agentId} in your team.`);
    }
    return agent;
  }

  @Cacheable({ key: ({ userId, id }: Agent) => performanceKeys.one(userId, id), ttl: '15m' })
  async of({ id, name, userId }: Agent): Promise<AgentPerformance> {
    const recent = await this.recentCalls.of(userId);
    return { agent: { id, name }, ...shown(ofAgent(recent, id)), rank: rankOf(id, recent) };
  }
}

function rankOf(agentId: string, { figures }: Recent): number {
  const answered = new Map<string, number>([[agentId, 0]]);
  for (const each of figures.flat()) answered.set(each.agentId, (answered.get(each.agentId) ?? 0) + each.answered);
  const own = answered.get(agentId) as number;
  return 1 + [...answered.values()].filter((others) => others > own).length;
}

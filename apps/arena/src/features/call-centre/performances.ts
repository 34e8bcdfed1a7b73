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
      throw notInTeam(agentId);
    }
    return agent;
  }

  /** @throws NotFoundException if there is no such agent any more */
  @Cacheable({ key: ({ userId, id }: Agent) => performanceKeys.one(userId, id), ttl: '15m', dependsOn: 'queries' })
  async of({ id, userId }: Agent): Promise<AgentPerformance> {
    // The name is read here and not taken from the argument: a value depends only on what its own load reads.
    const [agent, recent] = await Promise.all([this.teams.agent(id), this.recentCalls.of(userId)]);
    if (agent === undefined) throw notInTeam(id);
    return { agent: { id, name: agent.name }, ...shown(ofAgent(recent, id)), rank: rankOf(id, recent) };
  }
}

function notInTeam(agentId: string): NotFoundException {
  return new NotFoundException(`There is no agent ${agentId} in your team.`);
}

function rankOf(agentId: string, { figures }: Recent): number {
  const answered = new Map<string, number>([[agentId, 0]]);
  for (const each of figures.flat()) answered.set(each.agentId, (answered.get(each.agentId) ?? 0) + each.answered);
  const own = answered.get(agentId) as number;
  return 1 + [...answered.values()].filter((others) => others > own).length;
}

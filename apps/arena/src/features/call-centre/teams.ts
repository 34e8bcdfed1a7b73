import { Inject, Injectable } from '@nestjs/common';
import { asc, count, eq, sum } from 'drizzle-orm';
import { Cacheable } from 'nest-larder';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { users } from '../sign-in/users/user.tables.js';
import { agentKeys, teamKeys } from './call-centre.keys.js';
import type { AgentLeads, Named } from './call-centre.schemas.js';
import { agents, leads } from './calls/call.tables.js';

/** A user and the agents of their team. */
export interface Team {
  readonly user: Named;
  readonly agents: readonly Named[];
}

export interface Agent extends Named {
  /** The user whose team this agent is in. */
  readonly userId: string;
}

/** Teams of users, and their leads. */
@Injectable()
export class Teams {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** `undefined` if the user does not exist. */
  @Cacheable({ key: teamKeys.members, ttl: '1h', dependsOn: 'queries' })
  async of(userId: string): Promise<Team | undefined> {
    const rows = await this.database
      .select({ user: { id: users.id, name: users.name }, agent: { id: agents.id, name: agents.name } })
      .from(users)
      .leftJoin(agents, eq(agents.userId, users.id))
      .where(eq(users.id, userId))
      .orderBy(asc(agents.name), asc(agents.id));
    const [first] = rows;
    return first && { user: first.user, agents: rows.flatMap(({ agent }) => agent ?? []) };
  }

  /** `undefined` if the agent does not exist. That is cached too: a client that tries ids does not reach the database each time. */
  @Cacheable({ key: agentKeys.one, ttl: '1h', dependsOn: 'queries', cacheNull: true, negativeTtl: '1m' })
  async agent(id: string): Promise<Agent | undefined> {
    const [agent] = await this.database
      .select({ id: agents.id, name: agents.name, userId: agents.userId })
      .from(agents)
      .where(eq(agents.id, id));
    return agent;
  }

  /** For each agent of a user's team: number and value of leads, by status. */
  @Cacheable({ key: teamKeys.leads, ttl: '1h', dependsOn: 'queries' })
  async leads(userId: string): Promise<AgentLeads[]> {
    const rows = await this.database
      .select({
        agentId: leads.agentId,
        status: leads.status,
        count: count(),
        valueCents: sum(leads.valueCents).mapWith(Number),
      })
      .from(leads)
      .where(eq(leads.userId, userId))
      .groupBy(leads.agentId, leads.status)
      .orderBy(leads.agentId, leads.status);
    return rows;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { CacheableBatch } from 'nest-larder';
import { DATABASE, type Database } from '../../../platform/database/database.js';
import { teamKeys } from '../call-centre.keys.js';
import { calls } from './call.tables.js';
import type { Day } from './day.js';
import { type Figures, IN_TIME } from './figures.js';

export interface TeamDay {
  readonly userId: string;
  readonly day: Day;
}

/** An agent's figures of one day. */
export type AgentFigures = Figures & { readonly agentId: string };

type Row = AgentFigures & TeamDay;

/** The calls of teams, day by day: the expensive query behind every page that shows calls. */
@Injectable()
export class CallDays {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** For each day, the figures by agent; agents without calls are left out. */
  @CacheableBatch({ key: ({ userId, day }: TeamDay) => teamKeys.calls(userId, day), ttl: '1h' })
  async many(days: readonly TeamDay[]): Promise<AgentFigures[][]> {
    const { rows } = await this.database.execute<{ [Name in keyof Row]: Row[Name] }>(sql`
      select wanted.user_id::text as "userId", wanted.day::text as day, ${calls.agentId}::text as "agentId",
        count(*)::int as calls,
        count(*) filter (where ${calls.outcome} = 'answered')::int as answered,
        count(*) filter (where ${calls.outcome} = 'answered' and ${calls.waitSeconds} <= ${IN_TIME})::int as "inTime",
        sum(${calls.waitSeconds})::int as "waitSeconds",
        sum(${calls.talkSeconds})::int as "talkSeconds"
      from unnest(${sql.param(days.map(({ userId }) => userId))}::bigint[], ${sql.param(days.map(({ day }) => day))}::date[])
        as wanted (user_id, day)
      join ${calls} on ${calls.userId} = wanted.user_id
        and ${calls.startedAt} >= wanted.day::timestamp at time zone 'UTC'
        and ${calls.startedAt} < (wanted.day + 1)::timestamp at time zone 'UTC'
      group by wanted.user_id, wanted.day, ${calls.agentId}
      order by ${calls.agentId}`);
    const found = new Map(days.map((each) => [nameOf(each), [] as AgentFigures[]]));
    for (const row of rows) found.get(nameOf(row))?.push(toFigures(row));
    return days.map((each) => found.get(nameOf(each)) ?? []);
  }
}

function nameOf({ userId, day }: TeamDay): string {
  return `${userId} ${day}`;
}

function toFigures({ userId: _, day: __, ...figures }: Row): AgentFigures {
  return figures;
}

import { sql } from 'drizzle-orm';
import { type agents, callIds, calls, leadIds, leads } from '../../features/call-centre/calls/call.tables.js';
import type { Transaction } from '../../platform/database/database.js';
import { ids } from './season.js';

const TEAMS = 20;
const AGENTS_EACH = 10;
const LEADS_EACH = 200;
const DAYS = 40;
const CALLS_A_DAY = 15;

/** Rows of each table. */
export const LEADS = TEAMS * AGENTS_EACH * LEADS_EACH;
export const CALLS = TEAMS * AGENTS_EACH * DAYS * CALLS_A_DAY;

const NAMES = 'Alba Bo Cem Dora Enzo Fay Gus Hana Ivo Jana'.split(' ');

/** Ten agents for each of the first players. */
export function agentRows(): (typeof agents.$inferInsert)[] {
  return ids(TEAMS * AGENTS_EACH).map((id, index) => ({
    id,
    userId: String(Math.floor(index / AGENTS_EACH) + 1),
    name: `${NAMES[index % AGENTS_EACH]} ${Math.floor(index / AGENTS_EACH) + 1}`,
  }));
}

// The server generates these rows, because there are many. They are the same every time, except that their days precede the start.

export async function fillLeads(transaction: Transaction): Promise<void> {
  await transaction.execute(sql`select setseed(0.147)`);
  await transaction.execute(sql`
    insert into ${leads} (user_id, agent_id, status, value_cents, created_at)
    select user_id, id, (array['new', 'contacted', 'won', 'lost']::lead_status[])[1 + floor(random() * 4)::int],
      (10 + floor(random() * 490)::int) * 100, now() - random() * ${DAYS} * interval '1 day'
    from agents, generate_series(1, ${LEADS_EACH})`);
  await transaction.execute(sql`select setval(${leadIds.seqName}, (select max(id) from ${leads}))`);
}

/** Calls from 8:00 to 18:00 on every day until yesterday. */
export async function fillCalls(transaction: Transaction): Promise<void> {
  await transaction.execute(sql`
    insert into ${calls} (user_id, agent_id, outcome, wait_seconds, talk_seconds, started_at)
    select user_id, id, outcome, floor(wait)::int,
      case outcome when 'answered' then 30 + floor(random() * 570)::int else 0 end, started_at
    from (
      select user_id, id, random() * 60 as wait,
        (case when random() < 0.9 then 'answered' else 'missed' end)::call_outcome as outcome,
        (current_date - day)::timestamp at time zone 'UTC' + interval '8 hours' + random() * interval '10 hours' as started_at
      from agents, generate_series(1, ${DAYS}) as day, generate_series(1, ${CALLS_A_DAY})
    ) as made_up`);
  await transaction.execute(sql`select setval(${callIds.seqName}, (select max(id) from ${calls}))`);
}

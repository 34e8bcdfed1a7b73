import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgEnum, pgSequence, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { createdAt, id, instant, ownId } from '../../../platform/database/columns.js';
import { users } from '../../sign-in/users/user.tables.js';

export const agentIds = pgSequence('agent_ids');
export const leadIds = pgSequence('lead_ids');
export const callIds = pgSequence('call_ids');

export const leadStatus = pgEnum('lead_status', ['new', 'contacted', 'won', 'lost']);
/** @public drizzle-kit finds what is exported. */
export const callOutcome = pgEnum('call_outcome', ['answered', 'missed']);

/** Agents take calls for the team of a user. */
export const agents = pgTable(
  'agents',
  {
    id: ownId(agentIds),
    userId: id('user_id')
      .notNull()
      .references(() => users.id),
    name: text('name').notNull(),
  },
  (agent) => [unique('agents_of_user').on(agent.userId, agent.id)],
);

/** Possible sales. */
export const leads = pgTable(
  'leads',
  {
    id: ownId(leadIds),
    userId: id('user_id').notNull(),
    agentId: id('agent_id').notNull(),
    status: leadStatus('status').notNull().default('new'),
    valueCents: integer('value_cents').notNull(),
    createdAt: createdAt(),
  },
  (lead) => [
    foreignKey({
      name: 'leads_of_an_agent_of_the_team',
      columns: [lead.userId, lead.agentId],
      foreignColumns: [agents.userId, agents.id],
    }),
    index('leads_of_user').on(lead.userId),
    check('leads_are_worth_no_less_than_nothing', sql`${lead.valueCents} >= 0`),
  ],
);

/** Written by the telephone system, not by arena. An agent that arena does not know yet is allowed. */
export const calls = pgTable(
  'calls',
  {
    id: ownId(callIds),
    userId: id('user_id').notNull(),
    agentId: id('agent_id').notNull(),
    outcome: callOutcome('outcome').notNull(),
    /** Until an agent answered or the caller gave up. */
    waitSeconds: integer('wait_seconds').notNull(),
    talkSeconds: integer('talk_seconds').notNull().default(0),
    startedAt: instant('started_at').notNull().defaultNow(),
  },
  (call) => [
    index('calls_of_user').on(call.userId, call.startedAt),
    check('calls_take_no_less_than_nothing', sql`${call.waitSeconds} >= 0 and ${call.talkSeconds} >= 0`),
  ],
);

/** When each user last opened their dashboard. */
export const dashboardLooks = pgTable('dashboard_looks', {
  userId: id('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  lookedAt: instant('looked_at').notNull().defaultNow(),
});

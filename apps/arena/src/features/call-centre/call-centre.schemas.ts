import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';
import { leadStatus } from './calls/call.tables.js';
import { day } from './calls/day.js';
import { figures } from './calls/figures.js';

const named = z.object({ id, name: z.string() });
export type Named = z.infer<typeof named>;

const leadFigures = z.object({ status: z.enum(leadStatus.enumValues), count: z.int(), valueCents: z.int() });
export type LeadFigures = z.infer<typeof leadFigures>;

/** The leads of one agent in one status. */
export type AgentLeads = LeadFigures & { readonly agentId: string };

const recent = {
  day: day.meta({ description: 'The day that is today.' }),
  today: figures,
  month: figures.meta({ description: 'The last 30 days and today.' }),
  days: z.array(z.object({ day, figures })).meta({ description: 'The same day by day, today at the end.' }),
  leads: z.array(leadFigures),
};

/** What a user sees of their team. */
export const dashboard = z
  .object({
    user: named,
    ...recent,
    agents: z.array(z.object({ agent: named, today: figures, month: figures })).meta({ description: 'By name.' }),
  })
  .meta({ id: 'Dashboard' });
export type Dashboard = z.infer<typeof dashboard>;

/** How an agent is doing. */
export const agentPerformance = z
  .object({
    agent: named,
    ...recent,
    rank: z.int().meta({ description: 'By calls answered this month, in the team: 1 for the most.' }),
  })
  .meta({ id: 'AgentPerformance' });
export type AgentPerformance = z.infer<typeof agentPerformance>;

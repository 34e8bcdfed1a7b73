import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';
import { leadStatus } from './calls/call.tables.js';
import { day } from './calls/day.js';
import { figures } from './calls/figures.js';

const named = z.object({ id, name: z.string() });
export type Named = z.infer<typeof named>;

const leadFigures = z.object({ status: z.enum(leadStatus.enumValues), count: z.int(), valueCents: z.int() });
export type LeadFigures = z.infer<typeof leadFigures>;

/** An agent's leads of one status. */
export type AgentLeads = LeadFigures & { readonly agentId: string };

const recent = {
  day: day.meta({ description: 'The current date in UTC.' }),
  today: figures,
  month: figures.meta({ description: 'The last 30 days and today.' }),
  days: z.array(z.object({ day, figures })).meta({ description: 'The same, day by day; today is last.' }),
  leads: z.array(leadFigures),
};

/** A user's dashboard. */
export const dashboard = z
  .object({
    user: named,
    ...recent,
    agents: z.array(z.object({ agent: named, today: figures, month: figures })).meta({ description: 'By name.' }),
  })
  .meta({ id: 'Dashboard' });
export type Dashboard = z.infer<typeof dashboard>;

/** Performance of one agent. */
export const agentPerformance = z
  .object({
    agent: named,
    ...recent,
    rank: z.int().meta({ description: 'Rank in the team by calls answered this month; 1 has the most.' }),
  })
  .meta({ id: 'AgentPerformance' });
export type AgentPerformance = z.infer<typeof agentPerformance>;

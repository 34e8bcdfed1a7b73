import type { AgentLeads, Dashboard, LeadFigures } from '../call-centre.schemas.js';
import { leadStatus } from './call.tables.js';
import type { AgentFigures } from './call-days.js';
import type { Day } from './day.js';
import { sumOf } from './figures.js';

/** The figures of some agents over some days, today last. */
export interface Recent {
  readonly days: readonly Day[];
  readonly figures: readonly (readonly AgentFigures[])[];
  readonly leads: readonly AgentLeads[];
}

/** The figures as the dashboard shows them: totals and day by day. */
export function shown({ days, figures, leads }: Recent): Pick<Dashboard, 'day' | 'today' | 'month' | 'days' | 'leads'> {
  return {
    day: days.at(-1) as Day,
    today: sumOf(figures.at(-1) ?? []),
    month: sumOf(figures.flat()),
    days: days.map((day, index) => ({ day, figures: sumOf(figures[index] ?? []) })),
    leads: byStatus(leads),
  };
}

/** The figures of one agent. */
export function ofAgent({ days, figures, leads }: Recent, agentId: string): Recent {
  const isOf = (each: { readonly agentId: string }) => each.agentId === agentId;
  return { days, figures: figures.map((day) => day.filter(isOf)), leads: leads.filter(isOf) };
}

function byStatus(leads: readonly AgentLeads[]): LeadFigures[] {
  return leadStatus.enumValues.map((status) => {
    const some = leads.filter((each) => each.status === status);
    return {
      status,
      count: some.reduce((sum, { count }) => sum + count, 0),
      valueCents: some.reduce((sum, { valueCents }) => sum + valueCents, 0),
    };
  });
}

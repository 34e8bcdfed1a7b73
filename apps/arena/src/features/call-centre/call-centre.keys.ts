import { defineKeys } from 'nest-larder';
import type { Day } from './calls/day.js';

/** A user's dashboard. What it is made of lies elsewhere, so that a call makes it anew of parts that are still there. */
export const dashboardKeys = defineKeys('dashboard', {
  of: (userId: string) => [userId],
  page: (userId: string) => [userId, 'page'],
});

export const agentKeys = defineKeys('agents', { one: (id: string) => [id] });

/** A team, by whose it is: one key for each part that changes by itself. */
export const teamKeys = defineKeys('teams', {
  members: (userId: string) => [userId, 'members'],
  leads: (userId: string) => [userId, 'leads'],
  /** A new call touches one day of one team, and no other. */
  calls: (userId: string, day: Day) => [userId, 'calls', day],
});

/** How agents are doing, by whose team they are in: an agent has a place among the others. Made of the team's parts too. */
export const performanceKeys = defineKeys('performances', {
  one: (userId: string, agentId: string) => [userId, agentId],
  ofTeam: (userId: string) => [userId],
});

/** That a user's look was written down. */
export const lookKeys = defineKeys('dashboard-looks', { of: (userId: string) => [userId] });

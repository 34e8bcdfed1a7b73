import { defineKeys } from 'nest-larder';
import type { Day } from './calls/day.js';

/** A user's dashboard. Its parts have keys of their own: after a call it is rebuilt from parts that are still cached. */
export const dashboardKeys = defineKeys('dashboard', {
  of: (userId: string) => [userId],
  page: (userId: string) => [userId, 'page'],
});

export const agentKeys = defineKeys('agents', { one: (id: string) => [id] });

/** A user's team: one key for each part that changes independently. */
export const teamKeys = defineKeys('teams', {
  members: (userId: string) => [userId, 'members'],
  leads: (userId: string) => [userId, 'leads'],
  /** A new call invalidates one day of one team. */
  calls: (userId: string, day: Day) => [userId, 'calls', day],
});

/** Performance of agents, by the user whose team they are in. Their rank depends on the whole team, whose parts it reads. */
export const performanceKeys = defineKeys('performances', {
  one: (userId: string, agentId: string) => [userId, agentId],
});

/** The record that a user opened their dashboard. */
export const lookKeys = defineKeys('dashboard-looks', { of: (userId: string) => [userId] });

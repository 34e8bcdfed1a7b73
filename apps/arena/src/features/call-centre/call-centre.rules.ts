import { onTable } from 'nest-larder/change-feed';
import { agentKeys, dashboardKeys, performanceKeys, teamKeys } from './call-centre.keys.js';
import { dayOf } from './calls/day.js';

// Arena only reads calls, agents and leads. Other programs write them; the change feed invalidates after their commit.

const onCalls = onTable('calls', {
  columns: ['user_id', 'started_at'],
  invalidate: ({ rows }) =>
    rows.flatMap(({ user_id, started_at }) => [
      ...madeOfTeam(String(user_id)),
      teamKeys.calls(String(user_id), dayOf(String(started_at))),
    ]),
  covers: [dashboardKeys.all, performanceKeys.all, teamKeys.all],
});

const onLeads = onTable('leads', {
  columns: ['user_id'],
  invalidate: ({ rows }) =>
    rows.flatMap(({ user_id }) => [...madeOfTeam(String(user_id)), teamKeys.leads(String(user_id))]),
  covers: [dashboardKeys.all, performanceKeys.all, teamKeys.all],
});

const onAgents = onTable('agents', {
  columns: ['id', 'user_id'],
  invalidate: ({ rows }) =>
    rows.flatMap(({ id, user_id }) => [
      ...madeOfTeam(String(user_id)),
      teamKeys.members(String(user_id)),
      agentKeys.one(String(id)),
    ]),
  covers: [dashboardKeys.all, performanceKeys.all, teamKeys.all, agentKeys.all],
});

export const callCentreRules = [onCalls, onLeads, onAgents];

function madeOfTeam(userId: string) {
  return [dashboardKeys.of(userId), performanceKeys.ofTeam(userId)];
}

import { onTable } from 'nest-larder/change-feed';
import { teamKeys } from './call-centre.keys.js';
import { dayOf } from './calls/day.js';

/**
 * A new call invalidates one day of one team, and with it what was made of that day. By its query a day would depend on every call
 * of the team: the query names a range of times, which narrows nothing.
 */
const onCalls = onTable('calls', {
  columns: ['user_id', 'started_at'],
  invalidate: ({ rows }) =>
    rows.map(({ user_id, started_at }) => teamKeys.calls(String(user_id), dayOf(String(started_at)))),
  covers: [teamKeys.all],
});

export const callCentreRules = [onCalls];

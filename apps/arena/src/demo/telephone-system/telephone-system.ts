import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { Pace } from './pace.js';

// Inserts a call when it is over, as real telephone systems do. An agent answers nine of ten calls.
const INSERT = `
  insert into calls (user_id, agent_id, outcome, wait_seconds, talk_seconds, started_at)
  select user_id, id, outcome::call_outcome, wait, talk, now() - (wait + talk) * interval '1 second'
  from (
    select user_id, id, outcome, floor(random() * 60)::int as wait,
      case outcome when 'answered' then 30 + floor(random() * 570)::int else 0 end as talk
    from (select case when random() < 0.9 then 'answered' else 'missed' end as outcome) as ended,
      (select user_id, id from agents where $1::bigint is null or user_id = $1 order by random() limit 1) as agent
  ) as call
  returning id, user_id, agent_id, outcome`;

/** No agent can take calls. */
export class NoAgents extends Error {}

interface Call {
  readonly id: string;
  readonly user_id: string;
  readonly agent_id: string;
  readonly outcome: string;
}

/**
 * Makes random agents take calls, and inserts the calls.
 *
 * @param signal ends the program
 * @param tell receives a line for each call
 * @returns the number of calls
 * @throws NoAgents if the team has no agents
 */
export async function takeCalls(
  address: ClientConfig,
  { perMinute, count, user }: Pace,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<number> {
  const client = new Client({ ...address, application_name: 'telephone system' });
  // Without a listener, a lost connection between two calls would end the process; the next query rejects.
  client.on('error', () => {});
  await client.connect();
  let taken = 0;
  try {
    while (taken < count && !signal.aborted) {
      const { rows } = await client.query<Call>(INSERT, [user]);
      if (rows.length === 0) throw new NoAgents(`There are no agents${user ? ` in the team of user ${user}` : ''}.`);
      for (const { id, user_id, agent_id, outcome } of rows) {
        tell(`Call ${id}: ${outcome}, agent ${agent_id} of the team of user ${user_id}`);
      }
      taken++;
      const pause = (-Math.log(1 - Math.random()) * 60_000) / perMinute;
      if (taken < count) await delay(pause, undefined, { signal }).catch(() => {});
    }
    return taken;
  } finally {
    await client.end();
  }
}

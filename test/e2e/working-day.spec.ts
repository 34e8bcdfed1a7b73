import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Random } from '../../apps/arena/src/demo/seed/random.js';
import type { AgentPerformance, Dashboard } from '../../apps/arena/src/features/call-centre/call-centre.schemas.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const TOKEN = 'a-token-of-those-who-run-it';

/** In the teams of two users: ten agents each, who take six calls an hour; one call in ten is a sale. */
const TEAMS = [2, 3];
/** Eight hours, or fewer where that takes too long: all hours are alike. */
const WORKING_DAY = Number(process.env.LARDER_TEST_WORKING_HOURS || 2) * HOUR;
const AGENTS = 10;
const CALLS_AN_HOUR = 6 * AGENTS;
/** How often the wall board and the supervisor's own screen refresh. */
const BOARD_EVERY = 5 * SECOND;
const SCREEN_EVERY = 15 * SECOND;
/** How often the supervisor opens the page of an agent. */
const AGENT_EVERY = 120 * SECOND;

const clock = new FakeClock();
let arena: RunningArena;
/** The telephone system's connection. */
let telephone: SideDoor;
const tokens = new Map<number, string>();

beforeAll(async () => {
  // A query takes real time while the test moves the clock by hours.
  process.env.LARDER_CHANGE_FEED_TIMEOUT = '5m';
  arena = await runArena({ adminToken: TOKEN, clock });
  telephone = await SideDoor.open(arena.dataDir);
  for (const player of TEAMS) tokens.set(player, await arena.signIn(player));
}, 60_000);
afterAll(async () => {
  delete process.env.LARDER_CHANGE_FEED_TIMEOUT;
  await telephone.close();
  await arena.close();
});

const look = async (player: number) => (await arena.get<Dashboard>('/dashboard', tokens.get(player))).body;
const lookAt = async (player: number, agent: number) =>
  (await arena.get<AgentPerformance>(`/agents/${agent}/performance`, tokens.get(player))).body;
const agentOf = (player: number, index: number) => (player - 1) * AGENTS + 1 + index;

/** Invalidates everything. */
const forget = () =>
  arena.send('POST', '/admin/cache/invalidate', TOKEN, {
    keys: [['dashboard'], ['performances'], ['teams'], ['agents']],
  });

/**
 * A user that no page shows, changed in the transaction of each call: its invalidation shows that the call was invalidated
 * too. A dashboard could not show that, because another request may have loaded it again.
 */
const SIGNAL = '150';
const SIGNAL_KEY = ['user', SIGNAL, 'profile'];

/** A new name each time: an unchanged name would be no change. */
const SIGNAL_SQL = `update users set name = gen_random_uuid()::text where id = ${SIGNAL}`;

async function setSignal(): Promise<number> {
  return arena.queriesOf(async () => {
    await arena.send('POST', '/admin/cache/invalidate', TOKEN, { keys: [SIGNAL_KEY] });
    await arena.send('POST', '/api/v1/batch/users', undefined, { user_ids: [SIGNAL] });
  });
}

async function signalled(): Promise<boolean> {
  const key = encodeURIComponent(JSON.stringify(SIGNAL_KEY));
  const { status, body } = await arena.get<{ verdict: string }>(`/admin/cache/inspect?key=${key}`, TOKEN);
  // It has not expired yet: if it is gone, it was invalidated and removed.
  return status === 404 || body.verdict === 'invalidated';
}

it('a working day costs 5 % of the queries of a day without a cache, and shows every call', async () => {
  const costs = await costsWithoutCache();
  const random = new Random(8);
  const taken = new Map(TEAMS.map((player) => [player, 0]));
  const won = new Map(TEAMS.map((player) => [player, 0]));
  const first = new Map(await Promise.all(TEAMS.map(async (player) => [player, await look(player)] as const)));
  let looks = 0;
  let agentLooks = 0;
  let wrong = 0;
  let signals = 0;

  const lookOf = async (player: number) => {
    looks++;
    const { today, leads } = await look(player);
    const before = first.get(player) as Dashboard;
    const isRight =
      today.calls === before.today.calls + (taken.get(player) as number) &&
      countOf(leads, 'won') === countOf(before.leads, 'won') + (won.get(player) as number);
    if (!isRight) wrong++;
  };

  const all = await arena.allQueriesOf(async () => {
    for (let time = 0; time < WORKING_DAY; time += BOARD_EVERY) {
      const called = TEAMS.filter(() => random.fraction() < (CALLS_AN_HOUR * BOARD_EVERY) / HOUR);
      if (called.length > 0) signals += await setSignal();
      const written = called.map((player) => {
        taken.set(player, (taken.get(player) as number) + 1);
        const isSale = random.fraction() < 0.1;
        if (isSale) won.set(player, (won.get(player) as number) + 1);
        return `${callOf(player, random)}; ${isSale ? saleOf(player) : ''};`;
      });
      if (called.length > 0) await telephone.run(`${written.join('')} ${SIGNAL_SQL}`);
      clock.advance(BOARD_EVERY);
      // Later views come after the commit. No view waits for it, because waiting would add to its time.
      await until(async () => {
        clock.advance(10);
        return called.length === 0 || (await signalled());
      });
      await Promise.all(TEAMS.map(lookOf));
      if (time % SCREEN_EVERY === 0) await Promise.all(TEAMS.map(lookOf));
      if (time % AGENT_EVERY === 0) {
        agentLooks += TEAMS.length;
        await Promise.all(TEAMS.map((player) => lookAt(player, agentOf(player, random.between(0, AGENTS - 1)))));
      }
    }
  });

  const asked = all - signals;
  const without = looks * costs.look + agentLooks * costs.agent;
  const calls = [...taken.values()].reduce((sum, count) => sum + count, 0);
  const saved = 1 - asked / without;
  tell(
    `${calls} calls, ${looks} looks at dashboards and ${agentLooks} at agents: ${asked} queries instead of ${without}, ` +
      `${(100 * saved).toFixed(1)} % saved`,
  );
  expect(calls).toBeGreaterThan((0.8 * TEAMS.length * CALLS_AN_HOUR * WORKING_DAY) / HOUR);
  expect(wrong).toBe(0);
  expect(saved).toBeGreaterThanOrEqual(0.95);
}, 300_000);

it('a cached dashboard is served without the database', async () => {
  // Again, because a round of warming may be loading it: then the view waits for that load, and causes none.
  await until(async () => {
    await forget();
    return (await arena.queriesOf(() => look(2))) > 0;
  });
  expect(await arena.queriesOf(() => look(2))).toBe(0);
});

/** How many queries a view costs with an empty cache. */
async function costsWithoutCache(): Promise<{ look: number; agent: number }> {
  const cost = async (ask: () => Promise<unknown>) => {
    await forget();
    return arena.queriesOf(ask);
  };
  return { look: await cost(() => look(2)), agent: await cost(() => lookAt(2, agentOf(2, 0))) };
}

/** A call as the telephone system writes it. */
function callOf(player: number, random: Random): string {
  const agent = agentOf(player, random.between(0, AGENTS - 1));
  return `
    insert into calls (user_id, agent_id, outcome, wait_seconds, talk_seconds, started_at)
    values (${player}, ${agent}, 'answered', ${random.between(1, 59)}, ${random.between(30, 600)}, now())`;
}

/** A lead that a call has won. */
function saleOf(player: number): string {
  return `
    update leads set status = 'won'
    where id = (select min(id) from leads where user_id = ${player} and status = 'new')`;
}

function countOf(leads: Dashboard['leads'], status: string): number {
  return leads.find((each) => each.status === status)?.count ?? 0;
}

/** Figures for the curious; the test checks only the bound. */
function tell(figures: string): void {
  if (process.env.LARDER_TEST_FIGURES) process.stdout.write(`${figures}\n`);
}

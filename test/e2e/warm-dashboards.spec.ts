import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import type { AgentPerformance, Dashboard } from '../../apps/arena/src/features/call-centre/call-centre.schemas.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { newDataDir, type RunningArena, runArena } from '../support/arena/arena.js';
import { SideDoor } from '../support/arena/side-door.js';
import { holdDate } from '../support/hold-date.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;
const TOKEN = 'a-token-of-those-who-run-it';
/** Players who have a team. */
const ACTIVE = [2, 3, 4, 5, 6, 7, 8, 9];
const LONG_AGO = 10;

const clock = new FakeClock();
let dataDir: string;
let arena: RunningArena;
let database: SideDoor;
/** Records what another process waits for. */
let onlooker: SideDoor;

beforeAll(async () => {
  dataDir = await newDataDir();
  const before = await runArena({ dataDir });
  const its = await SideDoor.open(dataDir);
  for (const player of [...ACTIVE, LONG_AGO]) await before.get('/dashboard', await before.signIn(player));
  await until(async () => (await its.run('select from dashboard_looks')).length === ACTIVE.length + 1);
  await its.run(`update dashboard_looks set looked_at = now() - interval '4 days' where user_id = ${LONG_AGO}`);
  await its.close();
  await before.close();
  // Refreshing loads too, and this spec is about warming.
  arena = await runArena({ dataDir, clock, adminToken: TOKEN, backgroundRefresh: false });
  [database, onlooker] = await Promise.all([SideDoor.open(dataDir), SideDoor.open(dataDir)]);
}, 90_000);
afterAll(async () => {
  await Promise.all([database.close(), onlooker.close()]);
  await arena.close();
  await rm(dataDir, { recursive: true });
});

// Not earlier: the audit of `npm run test:soak` still compares with that date.
afterEach(() => void jest.useRealTimers());

const isWarm = async (player: number) => {
  const key = encodeURIComponent(JSON.stringify(['dashboard', String(player)]));
  const { status, body } = await arena.get<{ verdict: string }>(`/admin/cache/inspect?key=${key}`, TOKEN);
  return status === 200 && body.verdict === 'hit';
};
const areWarm = async () => (await Promise.all(ACTIVE.map(isWarm))).every(Boolean);
const queriesOfLooks = async () => {
  const tokens = await Promise.all(ACTIVE.map((player) => arena.signIn(player)));
  return arena.queriesOf(() => Promise.all(tokens.map((token) => arena.get('/dashboard', token))));
};

it('an arena that starts warms the dashboards that users viewed lately', async () => {
  await until(areWarm);
  expect(await queriesOfLooks()).toBe(0);
  expect(await isWarm(LONG_AGO)).toBe(false);
});

it('warms five at a time, and again every half hour', async () => {
  const waiting = async () =>
    (
      await onlooker.run(
        "select from pg_stat_activity where application_name = 'arena' and wait_event_type = 'Lock' and query like '%calls%'",
      )
    ).length;
  await database.whileLocked('calls', async () => {
    // By then everything that dashboards are made of has expired.
    clock.advance(60 * MINUTE);
    await until(async () => (await waiting()) >= 5);
    for (let time = 0; time < 3; time++) await arena.get('/v1/tournaments?page=2');
    expect(await waiting()).toBe(5);
  });
  await until(areWarm);
  expect(await queriesOfLooks()).toBe(0);
});

it('starts a new day on dashboards and pages of agents at midnight, and reads just that day', async () => {
  let token = await arena.signIn(2);
  const look = async () => (await arena.get<Dashboard>('/dashboard', token)).body;
  const dayOfAgent = async () => (await arena.get<AgentPerformance>('/agents/11/performance', token)).body.day;
  const today = await look();
  expect(await dayOfAgent()).toBe(today.day);
  const tomorrow = Date.parse(today.day) + 24 * 60 * MINUTE;
  holdDate(tomorrow);
  token = await arena.signIn(2);
  expect(await arena.send('POST', '/admin/jobs/new-day/run', TOKEN)).toMatchObject({ status: expect.any(Number) });
  let shown: Dashboard | undefined;
  let day: string | undefined;
  const queries = await arena.queriesOf(async () => {
    shown = await look();
    day = await dayOfAgent();
  });
  expect(queries).toBe(1);
  expect([shown?.day, day]).toEqual(Array(2).fill(new Date(tomorrow).toISOString().slice(0, 10)));
  expect(shown?.days.slice(0, -1)).toEqual(today.days.slice(1));
});

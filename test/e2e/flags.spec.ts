import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Jobs } from 'nest-larder/jobs';
import { startArena } from '../../apps/arena/src/arena.js';
import { urlOf } from '../../apps/arena/src/start/listen.js';
import { MapOutbox } from '../../apps/arena/src/world-map/map-outbox.js';
import { newDataDir } from './arena.js';

const before = { ...process.env };
let dataDir: string;
let app: INestApplication;

beforeAll(async () => {
  dataDir = await newDataDir();
});
beforeEach(() => {
  process.env = { ...before };
});
afterEach(async () => {
  process.env = before;
  await app.close();
});
afterAll(() => rm(dataDir, { recursive: true }));

async function jobsWith(env: Record<string, string>): Promise<string[]> {
  Object.assign(process.env, env);
  app = await startArena({
    port: 0,
    databaseUrl: undefined,
    dataDir,
    adminToken: env.LARDER_ADMIN_TOKEN,
    hasQueue: false,
    socketAdapter: 'classic',
    refreshEvery: undefined,
    changeFeed: false,
    changeFeedUrl: undefined,
  });
  return (await app.get(Jobs).list()).map(({ name }) => name);
}

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
const news = { players: [{ id: 'x', name: 'x', x: 1, y: 1 }] };

const UPKEEP = ['clean-up', 'new-day', 'track-offers'];

describe('the jobs of the map', () => {
  it('are all there in development', async () => {
    expect(await jobsWith({})).toEqual([
      'clean-up',
      'map-dojo-status',
      'map-game-events',
      'map-player-movement',
      'new-day',
      'track-offers',
    ]);
  }, 60_000);

  it.each([
    ['ENABLE_SIMULATION', 'off', UPKEEP],
    ['BACKGROUND_BROADCASTING', 'off', UPKEEP],
    ['LARDER_JOBS', 'off', []],
    [
      'SIMULATION_FEATURE_FLAG',
      'dojo-status,game-events',
      ['clean-up', 'map-dojo-status', 'map-game-events', 'new-day', 'track-offers'],
    ],
  ])(
    'with %s=%s are %j',
    async (name, value, jobs) => {
      expect(await jobsWith({ [name]: value })).toEqual(jobs);
    },
    60_000,
  );
});

describe('GET /admin/flags', () => {
  it('lists every flag to whoever has the admin token', async () => {
    await jobsWith({ ENABLE_SIMULATION: 'off', LARDER_ADMIN_TOKEN: 'a-token-of-arena-4711' });
    const ask = (token: string) =>
      fetch(`${urlOf(app)}/admin/flags`, { headers: { Authorization: `Bearer ${token}` } });
    expect(await (await ask('a-token-of-arena-4711')).json()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'ENABLE_SIMULATION', enabled: false }),
        expect.objectContaining({ name: 'LARDER_LIVE_QUERIES', enabled: true }),
      ]),
    );
    for (const token of ['a-token-of-arena-4712', 'a', '']) expect((await ask(token)).status).toBe(401);
  }, 60_000);

  it('does not exist while there is no admin token', async () => {
    await jobsWith({ ENABLE_SIMULATION: 'off' });
    expect((await fetch(`${urlOf(app)}/admin/flags`, { headers: { Authorization: 'Bearer undefined' } })).status).toBe(
      404,
    );
  }, 60_000);
});

describe('broadcasts', () => {
  it('have a timer while something waits to be sent, and none while BACKGROUND_BROADCASTING is off', async () => {
    await jobsWith({ ENABLE_SIMULATION: 'off' });
    const idle = timers();
    app.get(MapOutbox).add('harbour', news);
    expect(timers()).toBe(idle + 1);
    await app.close();
    await jobsWith({ ENABLE_SIMULATION: 'off', BACKGROUND_BROADCASTING: 'off' });
    const quiet = timers();
    app.get(MapOutbox).add('harbour', news);
    expect(timers()).toBe(quiet);
  }, 60_000);
});

import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Jobs } from 'nest-larder/jobs';
import { io, type Socket } from 'socket.io-client';
import { startArena } from '../../apps/arena/src/arena.js';
import { MapOutbox } from '../../apps/arena/src/features/world-map/map-outbox.js';
import { urlOf } from '../../apps/arena/src/platform/lifecycle/listen.js';
import { newDataDir, TOLD } from '../support/arena/arena.js';
import { until } from '../support/until.js';

const before = { ...process.env };
let dataDir: string;
let app: INestApplication;
const sockets: Socket[] = [];

beforeAll(async () => {
  dataDir = await newDataDir();
});
beforeEach(() => {
  process.env = { ...before };
});
afterEach(async () => {
  process.env = before;
  for (const socket of sockets.splice(0)) socket.disconnect();
  await app.close();
});
afterAll(() => rm(dataDir, { recursive: true }));

async function jobsWith(env: Record<string, string>): Promise<string[]> {
  Object.assign(process.env, env);
  app = await startArena({ ...TOLD, dataDir, adminToken: env.LARDER_ADMIN_TOKEN });
  return (await app.get(Jobs).list()).map(({ name }) => name);
}

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
const news = { players: [{ id: 'x', name: 'x', x: 1, y: 1 }] };

const ofTheMap = (jobs: readonly string[]) => jobs.filter((name) => name.startsWith('map-'));

describe('the jobs of the map', () => {
  it('all exist in development', async () => {
    expect(ofTheMap(await jobsWith({}))).toEqual(['map-dojo-status', 'map-game-events', 'map-player-movement']);
  }, 60_000);

  it.each([
    ['ENABLE_SIMULATION', 'off', []],
    ['BACKGROUND_BROADCASTING', 'off', []],
    ['SIMULATION_FEATURE_FLAG', 'dojo-status,game-events', ['map-dojo-status', 'map-game-events']],
  ])(
    'with %s=%s are %j, and those of other areas are there',
    async (name, value, jobs) => {
      const all = await jobsWith({ [name]: value });
      expect(ofTheMap(all)).toEqual(jobs);
      expect(all).toEqual(expect.arrayContaining(['cleanup_old_cache', 'refresh-tokens', 'track-offers']));
    },
    60_000,
  );

  it('do not exist with LARDER_JOBS=off', async () => {
    expect(await jobsWith({ LARDER_JOBS: 'off' })).toEqual([]);
  }, 60_000);
});

describe('GET /admin/flags', () => {
  it('lists every flag for a client with the admin token', async () => {
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

  it('does not exist without an admin token', async () => {
    await jobsWith({ ENABLE_SIMULATION: 'off' });
    expect((await fetch(`${urlOf(app)}/admin/flags`, { headers: { Authorization: 'Bearer undefined' } })).status).toBe(
      404,
    );
  }, 60_000);
});

describe('the map while nothing is simulated and BACKGROUND_BROADCASTING is off', () => {
  const OFF = { ENABLE_SIMULATION: 'off', BACKGROUND_BROADCASTING: 'off' };

  it('shows no simulated players, and dojos that stay open', async () => {
    await jobsWith(OFF);
    const socket = await connect();
    const { players, dojos } = await socket.emitWithAck('enter', { region: 'harbour' });
    expect(players).toEqual([]);
    expect(dojos.map(({ status }: { status: string }) => status)).toEqual(['open', 'open', 'open']);
  }, 60_000);

  it('sends the moves of players', async () => {
    await jobsWith(OFF);
    const [watcher, walker] = [await connect(), await connect()];
    const news: { players: object[] }[] = [];
    watcher.on('map', (told) => news.push(told));
    for (const socket of [watcher, walker]) await socket.emitWithAck('enter', { region: 'harbour' });
    walker.emit('move', { x: 7, y: 8 });
    await until(() => news.length > 0);
    expect(news).toEqual([expect.objectContaining({ players: [{ id: walker.id, name: 'Guest', x: 7, y: 8 }] })]);
  }, 60_000);

  it('has a timer only while a message waits to be sent', async () => {
    await jobsWith(OFF);
    const idle = timers();
    app.get(MapOutbox).add('harbour', news);
    expect(timers()).toBe(idle + 1);
  }, 60_000);
});

async function connect(): Promise<Socket> {
  const socket = io(urlOf(app), { transports: ['websocket'], forceNew: true });
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return socket;
}

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { arenaProcesses } from '../support/arena/arena-processes.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const arenas = arenaProcesses();

describe('a start', () => {
  it('logs that arena is ready and has no Redis, each once, and nothing else', async () => {
    const arena = arenas.start();
    const url = await arena.ready();
    expect((await fetch(`${url}/v1/tournaments/1`)).status).toBe(200);
    expect(await arena.stop()).toBe(0);
    const lines = arena.output.trim().split('\n');
    expect(lines.filter((line) => !line.includes('Jobs'))).toEqual([
      expect.stringContaining('LARDER_REDIS_URL is not set: everything stays in the memory of this process.'),
      `Arena is ready at ${url}`,
    ]);
    expect(arena.complaints).toBe('');
  }, 60_000);
});

describe('the log', () => {
  it('has one line with statistics for each run of a job, and otherwise only warnings', async () => {
    const arena = arenas.start();
    await arena.ready();
    const RUN = /sync_view_counts succeeded in \d+ ms: \{"products_synced":0,"total_views":0\}/;
    await until(() => RUN.test(arena.output), 30_000);
    await arena.stop();
    expect(arena.output).not.toMatch(/DEBUG|InstanceLoader/);
  }, 60_000);

  it('has hits and misses of each method, and invalidations, at debug level', async () => {
    const arena = arenas.start({ LARDER_LOG: 'debug' });
    const url = await arena.ready();
    const signedIn = await fetch(`${url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'player1@arena.test', password: 'arena' }),
    });
    const { token } = (await signedIn.json()) as { token: string };
    const headers = { Authorization: `Bearer ${token}` };
    for (let time = 0; time < 3; time++) await fetch(`${url}/v1/deployments/1/pending-updates`, { headers });
    await fetch(`${url}/v1/deployments/1/refresh`, { method: 'POST', headers });
    await arena.stop();
    expect(arena.output).toMatch(/PendingUpdates\.of: 2 hits, 1 misses, 1 loads/);
    expect(arena.output).toMatch(/The cache: .*\d invalidations/);
    expect(arena.output).not.toContain('InstanceLoader');
  }, 60_000);
});

describe('running', () => {
  it('logs details that a client does not see', async () => {
    const arena = arenas.start();
    const url = await arena.ready();
    const database = await SideDoor.open(arenas.dataDir);
    await database.run('alter table offers rename to lost');
    const { status } = await fetch(`${url}/marketplace/items/1`);
    await database.run('alter table lost rename to offers');
    await database.close();
    expect(status).toBe(500);
    expect(arena.complaints).toContain('relation "offers" does not exist');
  });

  it('shuts down with code 1 after an uncaught error', async () => {
    const careless = `
      import { stopOnSignals } from ${JSON.stringify(new URL('../../apps/arena/dist/platform/lifecycle/stop-on-signals.js', import.meta.url))};
      stopOnSignals(async () => console.log('closed'));
      Promise.reject(new Error('uncaught'));
      setInterval(() => {}, 1_000);`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', careless]);
    expect([status, String(stdout)]).toEqual([1, 'closed\n']);
    expect(String(stderr)).toContain('uncaught');
  });
});

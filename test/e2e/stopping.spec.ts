import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import type { ArenaProcess } from '../support/arena/arena-process.js';
import { arenaProcesses } from '../support/arena/arena-processes.js';
import { SideDoor } from '../support/arena/side-door.js';
import { until } from '../support/until.js';

const arenas = arenaProcesses();
const STOP_ON_SIGNALS = new URL('../../apps/arena/dist/platform/lifecycle/stop-on-signals.js', import.meta.url).href;
const serverRuns = () => existsSync(join(arenas.dataDir, 'postgres', 'cluster', 'postmaster.pid'));

// Only the request of a test may wait for its lock: the signal must come after arena has received the request.
const unwarmed = () => arenas.start({ LARDER_WARMING: 'off' });

describe('stopping', () => {
  it.each([
    ['SIGTERM', (arena: ArenaProcess) => arena.signal('SIGTERM')],
    ['Ctrl+C', (arena: ArenaProcess) => arena.interrupt()],
    // npm forwards the signal that the terminal has sent to both.
    ['Ctrl+C under npm', (arena: ArenaProcess) => [arena.interrupt(), arena.signal('SIGINT')]],
  ])('by %s, finishes what it was asked, and takes no more', async (_, stop) => {
    const arena = unwarmed();
    const url = new URL(await arena.ready());
    const database = await SideDoor.open(arenas.dataDir);
    const agent = new Agent({ keepAlive: true });
    try {
      let answer: Promise<[IncomingMessage]> | undefined;
      await database.whileLocked('tournaments', async () => {
        answer = once(get(new URL('/v1/tournaments/1', url), { agent }), 'response') as Promise<[IncomingMessage]>;
        await database.untilAQueryWaits();
        stop(arena);
        await until(() => refuses(url));
      });
      const [response] = (await answer) ?? [];
      response?.socket.write('GET ');
      expect(response?.statusCode).toBe(200);
      expect(await json(response as IncomingMessage)).toMatchObject({ id: '1' });
      // The open connection does not delay the stop; a client that keeps requesting could delay it for a minute.
      expect(await arena.exitCode()).toBe(0);
    } finally {
      agent.destroy();
      await database.close();
    }
  });

  it('starts and then stops when signalled during the start', async () => {
    const arena = arenas.start();
    await until(serverRuns);
    expect(await arena.stop()).toBe(0);
    expect(arena.output).not.toContain('ready');
    expect([arena.complaints, serverRuns()]).toEqual(['', false]);
  });

  it('is not delayed by clients that never send a request', async () => {
    const arena = arenas.start();
    const url = new URL(await arena.ready());
    const idle = connect(Number(url.port), 'localhost');
    await once(idle, 'connect');
    expect(await arena.stop()).toBe(0);
    idle.destroy();
  });

  it('ends at once on a second signal, and the next start recovers', async () => {
    const arena = unwarmed();
    const url = new URL(await arena.ready());
    const database = await SideDoor.open(arenas.dataDir);
    await database.whileLocked('tournaments', async () => {
      const asked = fetch(new URL('/v1/tournaments/1', url)).catch(() => {});
      await database.untilAQueryWaits();
      arena.signal('SIGTERM');
      await until(() => refuses(url));
      await until(() => {
        arena.signal('SIGTERM');
        return arena.hasEnded;
      });
      await asked;
    });
    expect(await arena.exitCode()).toBe(1);
    await database.close();
    const next = arenas.start();
    await next.ready();
    expect([await next.stop(), serverRuns()]).toEqual([0, false]);
  });

  it('takes the second signal of one key press for the first also when the event loop was blocked', () => {
    const blocked = `
      import { setTimeout as delay } from 'node:timers/promises';
      import { stopOnSignals } from ${JSON.stringify(STOP_ON_SIGNALS)};
      stopOnSignals(async () => {
        process.kill(process.pid, 'SIGINT');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
        await delay(100);
      });
      process.kill(process.pid, 'SIGINT');
      await delay(60_000);`;
    expect(spawnSync(process.execPath, ['--input-type=module', '-e', blocked]).status).toBe(0);
  });
});

/** Whether connections are refused. */
async function refuses(url: URL): Promise<boolean> {
  const socket = connect(Number(url.port), 'localhost');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

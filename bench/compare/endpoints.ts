import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { rateOf, type Target } from '../http/load.js';
import type { Platform, ServerName } from '../http/servers.js';
import { median, range } from '../measure/figures.js';
import type { Goal } from '../measure/goals.js';
import { printTable } from '../measure/table.js';

const ROUNDS = Number(process.env.ROUNDS ?? 15);
const SECONDS = Number(process.env.SECONDS ?? 1);
const PLATFORMS: readonly Platform[] = ['Express', 'Fastify'];
/** The route without a cache shows how far two equal servers differ here. */
const CONTROL = 'constant object';
const SERVERS: readonly ServerName[] = [CONTROL, 'larder, memory hit', 'larder, fast lane', 'larder, Redis hit'];
const NOT_MODIFIED = 'larder, 304';

/** Cached endpoints of two checkouts, whose benchmarks are built: requests per second of the server's processor time. */
export async function compareEndpoints(former: string, latter: string, redis: string): Promise<Goal[]> {
  const goals: Goal[] = [];
  for (const platform of PLATFORMS) {
    for (const items of [20, 200]) {
      const rows: string[][] = [];
      for (const server of SERVERS) {
        for (const [name, ratios] of await compareServers([former, latter], [server, platform, String(items), redis])) {
          rows.push([name, median(ratios).toFixed(3), range(ratios, 2)]);
          const what = `${platform}, ${items} items: ${name}, to before`;
          if (name !== CONTROL) goals.push({ what, figure: median(ratios), atLeast: 0.95 });
        }
      }
      printTable([`${platform}, ${items} items`, 'speed to before', 'least–most'], rows);
    }
  }
  return goals;
}

async function compareServers(
  folders: readonly [string, string],
  settings: readonly [ServerName, ...string[]],
): Promise<Map<string, number[]>> {
  const [before, now] = await Promise.all([serve(folders[0], settings), serve(folders[1], settings)]);
  try {
    const ratios = new Map([[settings[0] as string, await ratiosOf(before, now)]]);
    if (settings[0] === 'larder, memory hit') {
      ratios.set(NOT_MODIFIED, await ratiosOf(await unmodified(before), await unmodified(now)));
    }
    return ratios;
  } finally {
    before.server.kill();
    now.server.kill();
  }
}

/** The rates of the second relative to the first, in pairs that alternate which begins. */
async function ratiosOf(before: Target, now: Target): Promise<number[]> {
  for (const target of [before, now]) await rateOf(target, 2);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const rates = new Map<Target, number>();
    for (const target of round % 2 === 0 ? [before, now] : [now, before]) {
      rates.set(target, (await rateOf(target, SECONDS)).byProcessorSecond);
    }
    ratios.push((rates.get(now) as number) / (rates.get(before) as number));
  }
  return ratios;
}

async function serve(folder: string, settings: readonly string[]): Promise<Target> {
  const server = fork(resolve(folder, 'bench/dist/http/one.js'), settings, { cwd: folder });
  const [port] = (await once(server, 'message')) as [number];
  const name = `${settings.join(', ')} of ${folder}`;
  return { name, server, url: `http://127.0.0.1:${port}/tournaments`, headers: {}, status: 200 };
}

async function unmodified(target: Target): Promise<Target> {
  const etag = (await fetch(target.url)).headers.get('etag') ?? '';
  return { ...target, headers: { 'if-none-match': etag }, status: 304 };
}

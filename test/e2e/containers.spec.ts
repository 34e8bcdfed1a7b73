import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ArenaProcess } from '../support/arena/arena-process.js';
import { REPOSITORY } from '../support/program.js';
import { freePort } from '../support/servers/free-port.js';
import { PostgresServer } from '../support/servers/postgres-server.js';
import { redisProgram } from '../support/servers/redis-program.js';
import { until } from '../support/until.js';

interface Service {
  readonly command: readonly [string, string, string];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly healthcheck: { readonly test: readonly [string, string] };
}

const textOf = (name: string) => readFileSync(join(REPOSITORY, 'ops/containers', name), 'utf8');
const { services } = parse(textOf('compose.yaml')) as {
  services: { readonly arena: Service; readonly redis: Service };
};
const PASSWORD = 'c0ntainer';
const GIVEN: Readonly<Record<string, string>> = {
  LARDER_ADMIN_TOKEN: '0123456789abcdef0123456789abcdef',
  POSTGRES_PASSWORD: PASSWORD,
  REDIS_PASSWORD: PASSWORD,
};

/** As compose does: `${NAME:-default}`, `${NAME:?what to set}` and `$$`. */
function filled(text: string): string {
  return text.replace(/\$\$|\$\{(\w+):([-?])([^}]*)\}/g, (whole, name: string, kind: string, rest: string) => {
    if (whole === '$$') return '$';
    const value = GIVEN[name] ?? (kind === '-' ? rest : undefined);
    if (value === undefined) throw new Error(`${name}: ${rest}`);
    return value;
  });
}

const run = promisify(execFile);
const exitCode = (command: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
  run(command, args, { env }).then(
    () => 0,
    ({ code }: { code: number }) => code,
  );

let redis: ChildProcess;
let redisEnv: Record<string, string>;
let redisPort: number;
let redisFolder: string;
let postgres: PostgresServer;

beforeAll(async () => {
  const { file, env } = await redisProgram();
  redisEnv = { ...env, PATH: [dirname(file), process.env.PATH].join(delimiter), REDIS_PASSWORD: PASSWORD };
  redisFolder = await mkdtemp(join(tmpdir(), 'larder-containers-'));
  redisPort = await freePort();
  const [shell, option, script] = services.redis.command;
  redis = spawn(shell, [option, filled(script).replace('/data', `${redisFolder} --port ${redisPort}`)], {
    env: redisEnv,
    stdio: 'ignore',
  });
  postgres = await PostgresServer.start();
}, 60_000);
afterAll(async () => {
  redis.kill();
  await Promise.all([once(redis, 'exit'), postgres.stop()]);
  await rm(redisFolder, { recursive: true, force: true });
});

/** The check of health of Redis, with the port of this test. */
function redisHealth(password: string): Promise<number> {
  const script = filled(services.redis.healthcheck.test[1]).replace('redis-cli', `redis-cli -p ${redisPort}`);
  return exitCode('sh', ['-c', script], { ...redisEnv, REDIS_PASSWORD: password });
}

describe('the containers, their commands run without containers', () => {
  it('are healthy with their password only', async () => {
    await until(async () => (await redisHealth(PASSWORD)) === 0);
    expect(await redisHealth('another')).not.toBe(0);
    const { stdout } = await run('ps', ['-o', 'args=', '-p', `${redis.pid}`]);
    expect(stdout).toMatch(/^redis-server /);
    expect(stdout).not.toContain(PASSWORD);
  });

  it('start arena, find it ready, and stop it by SIGTERM', async () => {
    await until(async () => (await redisHealth(PASSWORD)) === 0);
    const { url } = await postgres.newDatabase();
    const environment = Object.entries(services.arena.environment).map(([name, value]) => [name, filled(`${value}`)]);
    const port = `${await freePort()}`;
    const arena = ArenaProcess.start({
      ...Object.fromEntries(environment),
      NODE_ENV: 'production',
      DATABASE_URL: url,
      LARDER_REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:${redisPort}`,
      PORT: port,
    });
    const [, test = ''] = /^HEALTHCHECK [\s\S]*?CMD (\[.+\])$/m.exec(textOf('Containerfile')) ?? [];
    const [, ...args] = JSON.parse(test) as string[];
    const health = () => exitCode(process.execPath, args, { PORT: port });
    expect(await health()).toBe(1);
    await arena.ready();
    expect(await health()).toBe(0);
    expect(await arena.stop()).toBe(0);
    // BullMQ wants a policy of its own (docs/redis.md).
    expect(arena.complaints.replaceAll(/^IMPORTANT! Eviction policy .*\n/gm, '')).toBe('');
  }, 60_000);
});

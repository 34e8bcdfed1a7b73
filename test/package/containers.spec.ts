import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { arenaVariables } from '../../apps/arena/src/arena-options.js';

const root = join(import.meta.dirname, '../..');
const textOf = (name: string) => readFileSync(join(root, 'ops/containers', name), 'utf8');
const containerfile = textOf('Containerfile');
const compose = textOf('compose.yaml');

interface Service {
  readonly image?: string;
  readonly user?: string;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
}
const { services } = parse(compose) as { services: Readonly<Record<string, Service>> };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'larder-containers-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a linter says of a text, and whether it accepts it. */
async function lint(program: string, args: readonly string[], name: string, text: string) {
  const file = join(folder, name);
  await writeFile(file, text);
  const path = join(root, 'node_modules', program);
  return promisify(execFile)(process.execPath, [path, ...args, file]).then(
    ({ stdout }) => ({ accepted: true, output: stdout.trim() }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ accepted: false, output: stdout + stderr }),
  );
}
const lintContainerfile = (text: string) =>
  lint('dockerfile-utils/bin/dockerfile-utils', ['lint'], 'Containerfile', text);
const lintCompose = (text: string) => lint('dclint/bin/dclint.cjs', ['--max-warnings', '0'], 'compose.yaml', text);

describe('the container file', () => {
  it('passes its linter', async () => {
    expect(await lintContainerfile(containerfile)).toEqual({ accepted: true, output: '' });
  });

  it.each([
    ['an unknown instruction', /^USER/m, 'USR', 'Unknown instruction'],
    ['an unknown option', '--start-period', '--start-pause', 'Unknown flag'],
    ['a copy to nowhere', 'COPY . .', 'COPY .', 'COPY requires'],
  ])('would not pass it with %s', async (_name, from, to, complaint) => {
    const { accepted, output } = await lintContainerfile(containerfile.replace(from, to));
    expect({ accepted, output }).toEqual({ accepted: false, output: expect.stringContaining(complaint) });
  });

  const stages = containerfile.split(/^(?=FROM )/m).slice(1);
  const last = stages.at(-1) as string;

  it('ends with a stage that takes built files only, runs as a user without rights, and asks for readiness', () => {
    expect(stages.length).toBeGreaterThan(2);
    expect(last).toMatch(/^USER node$/m);
    expect(last).not.toMatch(/^RUN /m);
    expect(last).toMatch(/^HEALTHCHECK [\s\S]*\/health\/ready/m);
  });

  it('starts node without a shell in between, so that SIGTERM reaches it', () => {
    expect(last).toMatch(/^CMD \["node", "apps\/arena\/dist\/main\.js"\]$/m);
    expect(containerfile).not.toMatch(/^(ENTRYPOINT|STOPSIGNAL)/m);
  });

  it('copies files that the repository has, and that are not kept from the build', () => {
    const copied = [...containerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
      sources.split(' '),
    );
    expect(copied.length).toBeGreaterThan(6);
    expect(copied.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    const kept = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    expect(copied.filter((source) => kept.includes(source.split('/')[0] as string))).toEqual([]);
    expect(kept).toEqual(expect.arrayContaining(['.git', '.env', '**/node_modules', '**/.data']));
  });

  it('installs each workspace from its manifest, and holds no secret', () => {
    for (const workspace of ['apps/arena', 'libs/larder', 'libs/eslint-plugin-nest-larder'])
      expect(stages[0]).toContain(`COPY ${workspace}/package.json ${workspace}/\n`);
    const set = [...containerfile.matchAll(/^(?:ENV|ARG) (.+)$/gm)].map(([, value]) => value);
    expect(set).toEqual(['NODE_ENV=production']);
  });
});

describe('the compose file', () => {
  it('passes its linter and the schema of the Compose specification', async () => {
    expect(await lintCompose(compose)).toEqual({ accepted: true, output: '' });
  });

  it.each([
    ['an unknown key', 'read_only: true', 'readonly: true', 'additional'],
    ['an image without a version', 'redis:8-bookworm', 'redis:latest', 'explicit-tag'],
    ['a port that is open to the network', "'127.0.0.1:3000:3000'", "'3000:3000'", 'unbound-port'],
  ])('would not pass it with %s', async (_name, from, to, complaint) => {
    const { accepted, output } = await lintCompose(compose.replace(from, to));
    expect({ accepted, output }).toEqual({ accepted: false, output: expect.stringContaining(complaint) });
  });

  it.each(Object.entries(services))('gives %s no more rights than it needs', (name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
      ...(name !== 'arena' && { user: name, healthcheck: expect.anything() }),
    });
    expect(service.ports === undefined).toBe(name !== 'arena');
  });

  it('takes every secret from outside, and does not start without it', () => {
    const secret = /PASSWORD|TOKEN|_URL/;
    for (const { environment } of Object.values(services))
      for (const [name, value] of Object.entries(environment))
        if (secret.test(name)) expect([name, value]).toEqual([name, expect.stringMatching(/\$\{\w+:[?-]/)]);
    expect([...compose.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name).sort()).toEqual(
      ['LARDER_ADMIN_TOKEN', 'POSTGRES_PASSWORD', 'POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'REDIS_PASSWORD'].sort(),
    );
  });

  it('starts arena when PostgreSQL and Redis are healthy, and waits longer than arena for its end', () => {
    const arena = services.arena as Service;
    expect(arena.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
    });
    const stopping = readFileSync(join(root, 'apps/arena/src/platform/lifecycle/stop-on-signals.ts'), 'utf8');
    const stopTimeout = Number(/STOP_TIMEOUT = ([\d_]+)/.exec(stopping)?.[1]?.replace('_', ''));
    expect(Number.parseInt(arena.stop_grace_period as string, 10) * 1000).toBeGreaterThan(stopTimeout);
  });

  it('sets variables that arena or Larder has', () => {
    const known = [
      ...arenaVariables().map(({ name }) => name),
      ...[...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name),
    ];
    const set = Object.keys((services.arena as Service).environment);
    expect(set.filter((name) => !known.includes(name))).toEqual([]);
  });
});

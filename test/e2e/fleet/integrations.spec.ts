import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Integrations, RefreshReport } from '../../../apps/arena/src/features/integrations/integration.schemas.js';
import { EmbeddedPostgres } from '../../../apps/arena/src/platform/embedded-postgres/embedded-postgres.js';
import { newDataDir } from '../../support/arena/arena.js';
import { ArenaProcess } from '../../support/arena/arena-process.js';
import { SideDoor } from '../../support/arena/side-door.js';
import { ProviderProcess } from '../../support/provider/provider-process.js';
import { until } from '../../support/until.js';

/** At how many steps of a refresh an arena is killed; `npm run test:soak` tries all. */
const KILLS = Number(process.env.LARDER_TEST_REFRESH_KILLS || 2);
const PUBLIC = 'http://arena.test';
const ADMIN = 'a-token-of-those-who-run-it';
/** Providers that accept a replaced refresh token again, never replace it, or treat it as stolen. */
const KINDS = ['lenient', 'reusable', 'strict'] as const;

let dataDir: string;
let server: EmbeddedPostgres;
let database: SideDoor;
let providers: ProviderProcess;
let env: Record<string, string>;
let output = '';
const started: ArenaProcess[] = [];

beforeAll(async () => {
  dataDir = await newDataDir();
  server = await EmbeddedPostgres.start(dataDir);
  database = await SideDoor.open(dataDir);
  providers = await ProviderProcess.start(PUBLIC);
  await providers.tell({ rules: { provider: 'lenient', reuseWindow: 60_000 } });
  await providers.tell({ rules: { provider: 'reusable', rotates: false } });
  const { user, password, host, port, database: name } = server.connection;
  env = {
    DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${name}`,
    LARDER_ADMIN_TOKEN: ADMIN,
    ARENA_PUBLIC_URL: PUBLIC,
    ARENA_TOKEN_KEY: `test:${randomBytes(32).toString('base64')}`,
    ARENA_PROVIDERS: JSON.stringify([
      providers.settings('lenient', { reuseWindow: 60_000 }),
      providers.settings('reusable', { refreshTokens: 'reusable' }),
      providers.settings('strict'),
    ]),
  };
}, 90_000);
afterEach(async () => {
  await providers.tell({ faults: [], letGo: true });
  await Promise.all(started.splice(0).map(end));
});
afterAll(async () => {
  await providers.stop();
  await database.close();
  await server.stop();
  await rm(dataDir, { recursive: true });
});

async function end(arena: ArenaProcess): Promise<void> {
  if (!arena.hasEnded) await arena.stop();
  output += arena.output + arena.complaints;
}

/** An arena, and the user whose accounts are checked. */
class Node {
  private constructor(
    readonly arena: ArenaProcess,
    readonly url: string,
    private readonly token: string,
  ) {}

  static async start(player: number, more: Record<string, string> = {}): Promise<Node> {
    const arena = ArenaProcess.start({ ...env, ...more });
    started.push(arena);
    return Node.of(arena, player);
  }

  /** The same arena for another user. */
  static async of(arena: ArenaProcess, player: number): Promise<Node> {
    const url = await arena.ready();
    const body = JSON.stringify({ email: `player${player}@arena.test`, password: 'arena' });
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${url}/auth/sign-in`, { method: 'POST', headers, body });
    return new Node(arena, url, ((await answer.json()) as { token: string }).token);
  }

  async connect(provider: string, account: string): Promise<void> {
    const begun = await this.ask('POST', `/integrations/${provider}/connect`);
    const location = await providers.allow(((await begun.json()) as { url: string }).url, account);
    const [cookie = ''] = begun.headers.getSetCookie();
    const done = await fetch(location.replace(PUBLIC, this.url), {
      headers: { Cookie: cookie.split(';')[0] as string },
    });
    expect(done.status).toBe(200);
  }

  async accounts(): Promise<Integrations['accounts']> {
    return ((await (await this.ask('GET', '/integrations')).json()) as Integrations).accounts;
  }

  async refresh(): Promise<RefreshReport> {
    return (await (await this.ask('POST', '/integrations/refresh')).json()) as RefreshReport;
  }

  async notification(): Promise<unknown> {
    const { items } = (await (await this.ask('GET', '/notifications?perPage=1')).json()) as { items: unknown[] };
    return items[0];
  }

  /** Runs a job through the admin route. */
  async run(job: string): Promise<unknown> {
    const headers = { Authorization: `Bearer ${ADMIN}` };
    return (await fetch(`${this.url}/admin/jobs/${job}/run`, { method: 'POST', headers })).json();
  }

  async kill(): Promise<void> {
    this.arena.signal('SIGKILL');
    await this.arena.exitCode();
  }

  private async ask(method: string, path: string): Promise<Response> {
    return fetch(this.url + path, { method, headers: { Authorization: `Bearer ${this.token}` } });
  }
}

const calls = async (account: string) =>
  (await providers.record()).calls.filter((call) => call.account === account && call.grant === 'refresh_token');
const waiting = () => database.run<{ pid: number }>('select pid from pg_locks where not granted');
const endWaiting = () => database.run('select pg_terminate_backend(pid) from pg_locks where not granted');

/** Runs work while no other transaction can write to a user's accounts. */
async function whileHeld(player: number, work: () => Promise<void>): Promise<void> {
  await database.run(`begin; select from connected_accounts where user_id = ${player} for update`);
  try {
    await work();
  } finally {
    await database.run('rollback');
  }
}

/** Kills an arena while its queries wait for a lock, and ends those queries. */
async function killWaiting(node: Node, queries: number): Promise<void> {
  await until(async () => (await waiting()).length >= queries);
  await node.kill();
  await endWaiting();
  await until(async () => (await waiting()).length === 0);
}

/** Moves the stored times of a user's accounts into the past, as if these seconds had passed. */
const age = (player: number, seconds: number) =>
  database.run(
    `update connected_accounts set asked_at = asked_at - interval '${seconds} s', retry_at = retry_at - interval '${seconds} s',
       expires_at = expires_at - interval '${seconds} s' where user_id = ${player}`,
  );

interface Step {
  readonly name: string;
  readonly player: number;
  /** Starts a refresh, and kills the arena at this step. */
  readonly die: (node: Node, step: Step) => Promise<void>;
  /** Whether the provider has answered and the answer was lost. */
  readonly lost: boolean;
}

const arrived = (count: number, account: string) => until(async () => (await calls(account)).length >= count);
const refreshing = (node: Node) => void node.refresh().catch(() => {});

const STEPS: readonly Step[] = [
  {
    name: 'before it has written down that it asks',
    player: 101,
    die: async (node, { player }) =>
      whileHeld(player, async () => {
        refreshing(node);
        await killWaiting(node, KINDS.length);
      }),
    lost: false,
  },
  {
    name: 'when the provider has replaced the token and the answer is on its way',
    player: 103,
    die: async (node, { player }) => {
      await providers.tell({ faults: [{ account: `of-${player}`, does: 'hang-after' }] });
      refreshing(node);
      await arrived(KINDS.length, `of-${player}`);
      await node.kill();
    },
    lost: true,
  },
  {
    name: 'when it has the answer and has not committed it',
    player: 104,
    die: async (node, { player }) => {
      await providers.tell({ faults: [{ account: `of-${player}`, does: 'hang-before' }] });
      refreshing(node);
      await arrived(KINDS.length, `of-${player}`);
      await whileHeld(player, async () => {
        await providers.tell({ letGo: true });
        await killWaiting(node, KINDS.length);
      });
    },
    lost: true,
  },
  {
    name: 'when it has asked and the provider has done nothing',
    player: 102,
    die: async (node, { player }) => {
      await providers.tell({ faults: [{ account: `of-${player}`, does: 'hang-before' }] });
      refreshing(node);
      await arrived(KINDS.length, `of-${player}`);
      await node.kill();
      await until(async () => (await calls(`of-${player}`)).every(({ result }) => result === 'lost'));
    },
    lost: false,
  },
  {
    name: 'when it has committed',
    player: 105,
    die: async (node, { player }) => {
      refreshing(node);
      const done = `select from connected_accounts where user_id = ${player} and refreshed_at is not null`;
      await until(async () => (await database.run(done)).length === KINDS.length);
      await node.kill();
    },
    lost: false,
  },
];

describe('a process that is killed while it refreshes', () => {
  it.each(STEPS.slice(0, KILLS))(
    '$name: what was rotated is not lost where the provider lets it be asked for again, and never lost silently',
    async (step) => {
      const { player, die, lost } = step;
      const node = await Node.start(player);
      for (const kind of KINDS) await node.connect(kind, `of-${player}`);
      // A refresh that waits for the end of the access token must not wait for long.
      await database.run(
        `update connected_accounts set expires_at = now() + interval '1 second' where user_id = ${player} and provider = 'strict'`,
      );
      await die(node, step);
      await providers.tell({ faults: [], letGo: true });
      await age(player, 10);

      const next = await Node.start(player);
      const expected = KINDS.map((kind) => (lost && kind === 'strict' ? 'reconnect' : 'connected'));
      // Arena finishes what it had begun by itself; otherwise the job refreshes.
      const settled = `select from connected_accounts where user_id = ${player} and asked_at is null`;
      await until(async () => (await database.run(settled)).length === KINDS.length);
      expect((await next.accounts()).map(({ status }) => status)).toEqual(expected);
      if (lost) expect(await next.notification()).toMatchObject({ title: 'Connect again' });
      // The stored tokens are valid.
      expect((await next.refresh()).refreshed).toHaveLength(lost ? 2 : 3);
    },
    120_000,
  );
});

describe('two nodes', () => {
  let arenas: readonly [ArenaProcess, ArenaProcess];
  beforeAll(() => {
    arenas = [ArenaProcess.start(env), ArenaProcess.start(env)];
  });
  afterAll(() => Promise.all(arenas.map(end)));
  const both = async (player: number) => [await Node.of(arenas[0], player), await Node.of(arenas[1], player)] as const;

  it('never send the same rotating refresh token twice', async () => {
    const player = 111;
    const [one, other] = await both(player);
    await one.connect('strict', 'contested');
    await providers.tell({ faults: [{ account: 'contested', times: 1, does: 'hang-before' }] });
    const first = one.refresh();
    await arrived(1, 'contested');
    expect((await other.refresh()).failed).toMatchObject([{ reason: 'not-now' }]);
    await providers.tell({ letGo: true });
    expect((await first).refreshed).toHaveLength(1);
    expect(await calls('contested')).toHaveLength(1);

    let refreshed = 1;
    for (let round = 0; round < 25; round++) {
      const reports = await Promise.all([one.refresh(), other.refresh(), one.refresh(), other.refresh()]);
      refreshed += reports.flatMap((report) => report.refreshed).length;
    }
    const results = (await calls('contested')).map(({ result }) => result);
    expect(results).toEqual(Array(refreshed).fill('given'));
    expect((await one.accounts()).map(({ status }) => status)).toEqual(['connected']);
  }, 120_000);

  it('do not resend what another node sent while one was suspended past its lock', async () => {
    const player = 115;
    const [sleeper, other] = await both(player);
    await sleeper.connect('strict', 'overslept');
    await database.run(
      `update connected_accounts set expires_at = now() + interval '1 second' where user_id = ${player}`,
    );
    let report: Promise<RefreshReport> | undefined;
    await whileHeld(player, async () => {
      report = sleeper.refresh();
      await until(async () => (await waiting()).length > 0);
      sleeper.arena.signal('SIGSTOP');
    });
    const taken = `select from connected_accounts where user_id = ${player} and asked_at is not null`;
    await until(async () => (await database.run(taken)).length === 1);
    expect(await calls('overslept')).toEqual([]);
    await until(async () => (await other.refresh()).refreshed.length === 1);
    sleeper.arena.signal('SIGCONT');
    expect((await report)?.failed).toMatchObject([{ reason: 'timed-out' }]);
    const { length } = await calls('overslept');
    expect((await other.refresh()).refreshed).toHaveLength(1);
    expect((await calls('overslept')).map(({ result }) => result)).toEqual(Array(length + 1).fill('given'));
  }, 120_000);

  it("keep the provider's answer until the database is back", async () => {
    const player = 112;
    const [node] = await both(player);
    await node.connect('strict', 'patient');
    await providers.tell({ faults: [{ account: 'patient', does: 'hang-before' }] });
    const report = node.refresh();
    await arrived(1, 'patient');
    await whileHeld(player, async () => {
      await providers.tell({ letGo: true });
      for (let times = 0; times < 3; times++) {
        await until(async () => (await waiting()).length === 1);
        await endWaiting();
        await until(async () => (await waiting()).length === 0);
      }
    });
    expect((await report).refreshed).toMatchObject([{ provider: 'strict' }]);
    expect(await calls('patient')).toHaveLength(1);
    await providers.tell({ faults: [] });
    expect((await node.refresh()).refreshed).toHaveLength(1);
  }, 60_000);
});

describe('an arena that is asked to stop while it refreshes', () => {
  it('stops once it has received and stored the answer', async () => {
    const player = 114;
    const first = await Node.start(player);
    await first.connect('strict', 'stopped');
    await first.arena.stop();
    // A refresh left unfinished is completed in the background at the start, so that a slow provider cannot delay it.
    await database.run(
      `update connected_accounts set asked_at = now() - interval '9 seconds', retry_at = now() where user_id = ${player}`,
    );
    await providers.tell({ faults: [{ account: 'stopped', times: 1, does: 'hang-after' }] });
    const next = await Node.start(player, { ARENA_PROVIDER_TIMEOUT: '20s' });
    await arrived(1, 'stopped');
    const stopped = next.arena.stop();
    await until(() => refuses(next.url));
    await providers.tell({ letGo: true });
    expect(await stopped).toBe(0);
    expect(next.arena.complaints).toBe('');
    expect((await calls('stopped')).map(({ result }) => result)).toEqual(['given']);
    const kept = `select from connected_accounts where user_id = ${player} and refreshed_at is not null and asked_at is null`;
    expect(await database.run(kept)).toHaveLength(1);
  }, 60_000);
});

/** Whether connections to the URL are refused. */
async function refuses(url: string): Promise<boolean> {
  return fetch(`${url}/v1/tournaments/1`).then(
    () => false,
    () => true,
  );
}

describe('a new encryption key', () => {
  const stored = () =>
    database.run<{ token: string }>(
      'select refresh_token token from connected_accounts where user_id = 113 union all select access_token from connected_accounts where user_id = 113',
    );
  const keys = async () => [...new Set((await stored()).map(({ token }) => token.split('.')[1]))];

  it('replaces the old one, which is not needed after one night', async () => {
    const player = 113;
    const first = await Node.start(player);
    await first.connect('strict', 'kept');
    expect(await keys()).toEqual(['test']);
    await first.arena.stop();

    const fresh = `new:${randomBytes(32).toString('base64')}`;
    const both = await Node.start(player, { ARENA_TOKEN_KEY: `${fresh},${env.ARENA_TOKEN_KEY}` });
    expect(await both.run('tidy-integrations')).toMatchObject({ result: 'succeeded' });
    expect(await keys()).toEqual(['new']);
    await both.arena.stop();

    const strangers = await Node.start(player, { ARENA_TOKEN_KEY: `other:${randomBytes(32).toString('base64')}` });
    expect((await strangers.refresh()).failed).toMatchObject([{ reason: 'sealed' }]);
    expect((await strangers.accounts()).map(({ status }) => status)).toEqual(['connected']);
    await strangers.arena.stop();

    const last = await Node.start(player, { ARENA_TOKEN_KEY: fresh });
    expect((await last.refresh()).refreshed).toHaveLength(1);
  }, 120_000);
});

describe('the output of arena', () => {
  it('contains no token', async () => {
    const { secrets } = await providers.record();
    expect(secrets.length).toBeGreaterThan(30);
    expect(output).toContain('could not be refreshed');
    for (const secret of [...secrets, env.ARENA_TOKEN_KEY?.slice(5) as string])
      expect(output.includes(secret)).toBe(false);
  });
});

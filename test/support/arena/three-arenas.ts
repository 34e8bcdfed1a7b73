import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { EmbeddedPostgres } from '../../../apps/arena/src/platform/embedded-postgres/embedded-postgres.js';
import { until } from '../until.js';
import { newDataDir } from './arena.js';
import { ArenaProcess } from './arena-process.js';

export const ADMIN_TOKEN = 'a-token-of-those-who-run-it';

interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A user whose name appears nowhere else in a test. */
const BEACON = 77;

/** Three arena processes on one database and one Redis, with the change feed on, as users run them. */
export class ThreeArenas {
  private constructor(
    private readonly processes: readonly ArenaProcess[],
    private readonly urls: readonly string[],
    private readonly database: EmbeddedPostgres,
    private readonly client: Client,
    private readonly dataDir: string,
  ) {}

  /** Resolves when all of them respond. */
  static async start(redisUrl: string, more: Readonly<Record<string, string>> = {}): Promise<ThreeArenas> {
    const dataDir = await newDataDir();
    const database = await EmbeddedPostgres.start(dataDir);
    const { user, password, host, port, database: name } = database.connection;
    const env = {
      DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${name}?connection_limit=4`,
      LARDER_REDIS_URL: redisUrl,
      LARDER_ADMIN_TOKEN: ADMIN_TOKEN,
      ENABLE_SIMULATION: 'off',
      // A long timeout, so that a slow machine serves from the cache and does not load instead.
      LARDER_MAX_STALENESS: '10s',
      LARDER_REDIS_TIMEOUT: '5s',
      ...more,
    };
    const processes = NODES.map(() => ArenaProcess.start(env));
    const urls = await Promise.all(processes.map((arena) => arena.ready()));
    const client = new Client(database.connection);
    await client.connect();
    return new ThreeArenas(processes, urls, database, client, dataDir);
  }

  async ask<Body>(
    node: number,
    method: string,
    path: string,
    { token, body }: { readonly token?: string; readonly body?: unknown } = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.urls[node]}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** The same request to each. */
  async askAll<Body>(method: string, path: string, more: { token?: string; body?: unknown } = {}) {
    return Promise.all(NODES.map((node) => this.ask<Body>(node, method, path, more)));
  }

  async signIn(player: number): Promise<string> {
    const credentials = { email: `player${player}@arena.test`, password: 'arena' };
    return (await this.ask<{ token: string }>(player % 3, 'POST', '/auth/sign-in', { body: credentials })).body.token;
  }

  /** Changes the database past the arenas. */
  async query<Row extends object>(sql: string): Promise<Row[]> {
    return (await this.client.query<Row>(sql)).rows;
  }

  /** Waits until all have delivered what was committed before. Two rounds, because one page of the log may contain both. */
  async feedHasRead(): Promise<void> {
    for (const turn of [1, 2]) {
      const name = `Beacon ${turn} of ${performance.now()}`;
      await this.query(`update users set name = '${name}' where id = ${BEACON}`);
      const body = { user_ids: [`${BEACON}`] };
      await until(async () => {
        const answers = await this.askAll<{ name: string }[]>('POST', '/api/v1/batch/users', { body });
        return answers.every(({ body: [user] }) => user?.name === name);
      });
    }
  }

  /** What one has written so far. */
  outputOf(node: number): string {
    const { output, complaints } = this.processes[node] as ArenaProcess;
    return output + complaints;
  }

  /** Kills one, and resolves when it has ended. */
  async kill(node: number): Promise<void> {
    const arena = this.processes[node] as ArenaProcess;
    arena.signal('SIGKILL');
    await arena.exitCode();
  }

  /** Stops one, and returns its output. */
  async stopOne(node: number): Promise<string> {
    const arena = this.processes[node] as ArenaProcess;
    await arena.stop();
    return arena.output + arena.complaints;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((arena) => (arena.hasEnded ? undefined : arena.stop())));
    await this.client.end();
    await this.database.stop();
    await rm(this.dataDir, { recursive: true });
  }
}

export const NODES = [0, 1, 2] as const;

import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { EmbeddedPostgres } from '../../../apps/arena/src/platform/embedded-postgres/embedded-postgres.js';
import { newDataDir } from './arena.js';
import { ArenaProcess } from './arena-process.js';

/** One arena of a fleet, used over HTTP. */
export interface FleetArena {
  nameOf(tournament: number): Promise<string>;
  rename(tournament: number, name: string): Promise<void>;
  /** Announces something to all clients of all arenas. */
  announce(text: string): Promise<void>;
  readonly url: string;
  /** The token of an organiser, player 1. */
  readonly token: string;
}

/** Two arena processes on one database and one Redis. */
export class ArenaFleet {
  private constructor(
    readonly arenas: readonly [FleetArena, FleetArena],
    private readonly processes: readonly ArenaProcess[],
    private readonly database: EmbeddedPostgres,
    private readonly dataDir: string,
  ) {}

  /** Resolves when both respond. */
  static async start(redisUrl: string, more: Readonly<Record<string, string>> = {}): Promise<ArenaFleet> {
    const dataDir = await newDataDir();
    const database = await EmbeddedPostgres.start(dataDir);
    const { user, password, host, port, database: name } = database.connection;
    const env = {
      DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${name}`,
      LARDER_REDIS_URL: redisUrl,
      ...more,
    };
    const processes = [ArenaProcess.start(env), ArenaProcess.start(env)] as const;
    try {
      const urls = await Promise.all([processes[0].ready(), processes[1].ready()]);
      const token = await signIn(urls[0]);
      return new ArenaFleet([arenaAt(urls[0], token), arenaAt(urls[1], token)], processes, database, dataDir);
    } catch (error) {
      await end(processes, database, dataDir);
      throw error;
    }
  }

  /** The output of both. */
  get output(): string {
    return this.processes.map(({ output, complaints }) => output + complaints).join('');
  }

  get isRunning(): boolean {
    return this.processes.every(({ hasEnded }) => !hasEnded);
  }

  /** Changes the database past the arenas. */
  async query(sql: string, values: readonly unknown[]): Promise<void> {
    const client = new Client(this.database.connection);
    await client.connect();
    await client.query(sql, [...values]);
    await client.end();
  }

  async stop(): Promise<void> {
    await end(this.processes, this.database, this.dataDir);
  }
}

async function end(processes: readonly ArenaProcess[], database: EmbeddedPostgres, dataDir: string): Promise<void> {
  await Promise.all(processes.map((arena) => arena.stop()));
  await database.stop();
  await rm(dataDir, { recursive: true });
}

function arenaAt(url: string, token: string): FleetArena {
  const ask = async (tournament: number, init?: RequestInit): Promise<string> => {
    const response = await fetch(`${url}/v1/tournaments/${tournament}`, init);
    const body = (await response.json()) as { name: string };
    if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${tournament} was answered with ${response.status}`);
    return body.name;
  };
  const told = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  return {
    url,
    token,
    announce: async (text) => {
      const init = { method: 'POST', headers: told, body: JSON.stringify({ text }) };
      const { status } = await fetch(`${url}/announcements`, init);
      if (status !== 204) throw new Error(`An announcement was answered with ${status}`);
    },
    nameOf: (tournament) => ask(tournament),
    rename: async (tournament, name) => {
      await ask(tournament, {
        method: 'PATCH',
        headers: told,
        body: JSON.stringify({ name }),
      });
    },
  };
}

async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'player1@arena.test', password: 'arena' }),
  });
  return ((await response.json()) as { token: string }).token;
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findPrograms, type Programs } from '../../../apps/arena/src/platform/embedded-postgres/programs.js';
import { findServerUser, type ServerUser } from '../../../apps/arena/src/platform/embedded-postgres/server-user.js';
import { until } from '../until.js';
import { freePort } from './free-port.js';
import { Watchdog } from './watchdog.js';

const TAKEN = /Address already in use/;
const ATTEMPTS = 20;
/** The first and only user; needs no password. */
const LOGIN = 'tester';
/** A crash of the machine may lose data; a crash of the server loses none. */
const WITHOUT_DISK = ['fsync=off', 'full_page_writes=off'];

/** A real PostgreSQL with a database of its own. It ends with the process that started it. */
export class PostgresServer {
  /** Its output. */
  output = '';
  private child: ChildProcess;
  private exited: Promise<unknown>;

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly programs: Programs,
    private readonly user: ServerUser | undefined,
    private readonly settings: readonly string[],
  ) {}

  /**
   * Resolves when it accepts connections.
   *
   * @param settings as in its configuration: `max_connections=20`
   */
  static async start(settings: readonly string[] = []): Promise<PostgresServer> {
    const directory = await mkdtemp(join(tmpdir(), 'larder-postgres-'));
    const user = await findServerUser(directory);
    const programs = await findPrograms(user);
    await chmod(directory, 0o755);
    if (user !== undefined) await chown(directory, user.uid, user.gid);
    await newCluster(directory, programs, user);
    for (let attempt = 1; ; attempt++) {
      const server = new PostgresServer(await freePort(), directory, programs, user, settings);
      if (await server.launch()) return server;
      if (attempt < ATTEMPTS && TAKEN.test(server.output)) continue;
      await rm(directory, { recursive: true, force: true });
      throw server.failure();
    }
  }

  get url(): string {
    return this.urlOf(this.port);
  }

  /** The URL of the same server through another port, such as a proxy's, with another database or user. */
  urlOf(port: number, { database = 'postgres', user = LOGIN } = {}): string {
    return `postgres://${user}@127.0.0.1:${port}/${database}`;
  }

  /** Creates a database for a test; returns its URL. */
  async newDatabase(): Promise<{ database: string; url: string }> {
    const database = `test_${randomUUID().replaceAll('-', '')}`;
    await this.query(`create database ${database}`);
    return { database, url: this.urlOf(this.port, { database }) };
  }

  /** Runs statements over a new connection. */
  async query(sql: string, url = this.url): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Ends it as a crash would, and resolves when it has ended. */
  async kill(): Promise<void> {
    // Its own children end when they notice its death.
    this.child.kill('SIGQUIT');
    await this.exited;
  }

  /** Stops it in order, which closes all connections, and resolves when it has ended. */
  async shutDown(): Promise<void> {
    this.child.kill('SIGINT');
    await this.exited;
  }

  /** Restarts an ended server on the same port. */
  async launchAgain(): Promise<void> {
    for (let attempt = 1; !(await this.launch()); attempt++) {
      if (attempt === ATTEMPTS || !TAKEN.test(this.output)) throw this.failure();
    }
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.launchAgain();
  }

  /** Stops it, which closes all connections, and removes its directory. */
  async stop(): Promise<void> {
    await this.shutDown();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Whether it came to accept connections; if not, it has ended. */
  private async launch(): Promise<boolean> {
    const place = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${this.port}`];
    const settings = [...place, ...WITHOUT_DISK, ...this.settings];
    const child = spawn(
      this.programs.postgres,
      ['-D', join(this.directory, 'cluster'), ...settings.flatMap((setting) => ['-c', setting])],
      {
        cwd: '/',
        env: { ...process.env, LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(this.user && { uid: this.user.uid, gid: this.user.gid }),
      },
    );
    this.child = child;
    this.output = '';
    this.exited = once(child, 'close');
    child.stdout?.on('data', (text) => (this.output += text));
    child.stderr?.on('data', (text) => (this.output += text));
    await once(child, 'spawn');
    const watchdog = Watchdog.over(child.pid as number, this.directory);
    child.once('exit', () => watchdog.callOff());
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    await until(async () => hasEnded() || (await this.answers()));
    if (!hasEnded()) return true;
    await this.exited;
    return false;
  }

  private async answers(): Promise<boolean> {
    return this.query('select 1').then(
      () => true,
      () => false,
    );
  }

  private failure(): Error {
    return new Error(`PostgreSQL on port ${this.port} has ended: ${this.output}`);
  }
}

/** Makes an empty cluster in the directory: a copy of the one of this run of Jest, if there is one (`share-clusters.js`). */
async function newCluster(directory: string, programs: Programs, user: ServerUser | undefined): Promise<void> {
  const shared = process.env.LARDER_TEST_CLUSTERS;
  if (shared === undefined) return initialise(directory, programs, user);
  const original = join(shared, 'cluster');
  if (!existsSync(original)) {
    const unfinished = await mkdtemp(join(shared, 'unfinished-'));
    if (user !== undefined) await chown(unfinished, user.uid, user.gid);
    await initialise(unfinished, programs, user);
    // Another worker may have been faster.
    await rename(join(unfinished, 'cluster'), original).catch((error: unknown) => {
      if (!existsSync(original)) throw error;
    });
  }
  // PostgreSQL runs as the owner of the files; `cp -a` keeps that owner.
  await promisify(execFile)('cp', ['-a', original, directory]);
}

async function initialise(directory: string, programs: Programs, user: ServerUser | undefined): Promise<void> {
  await promisify(execFile)(
    programs.initdb,
    ['-D', join(directory, 'cluster'), '-U', LOGIN, '-A', 'trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { cwd: '/', ...(user && { uid: user.uid, gid: user.gid }) },
  );
}

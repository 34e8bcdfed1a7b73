import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../until.js';
import { freePort } from './free-port.js';
import { redisProgram } from './redis-program.js';
import { sendOnce } from './side-door.js';
import { Watchdog } from './watchdog.js';

const DEFAULTS = [
  ...['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no'],
  // Otherwise a master waits for killed or paused replicas before it ends.
  ...['--shutdown-timeout', '0'],
  // Otherwise it waits five seconds for more replicas before it serves the first one.
  ...['--repl-diskless-sync-delay', '0'],
];
const TAKEN = /Address already in use|Failed listening/;
const ATTEMPTS = 20;

export interface RedisServerOptions {
  /** Settings as on a command line (`--maxmemory`, `1mb`); they override the defaults. */
  readonly args?: readonly string[];
  /** Default: any free one. */
  readonly port?: number;
  /** Default: a temporary one. The directory is removed when the server stops. */
  readonly directory?: string;
}

/** A real Redis that stores nothing on disk by default, and ends with the process that started it. */
export class RedisServer {
  /** Its output. */
  output = '';
  private child: ChildProcess;
  private exited: Promise<unknown>;

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly args: readonly string[],
  ) {}

  /** Resolves when it answers. */
  static async start({ args = [], port, directory }: RedisServerOptions = {}): Promise<RedisServer> {
    const home = directory ?? (await mkdtemp(join(tmpdir(), 'larder-redis-')));
    await mkdir(home, { recursive: true });
    // Redis rewrites it when a failover changes roles; a Sentinel refuses to start without one.
    await writeFile(join(home, 'redis.conf'), '', { flag: 'a' });
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServer(port ?? (await freePort()), home, args);
      if (await server.launch()) return server;
      if (port === undefined && attempt < ATTEMPTS && TAKEN.test(server.output)) continue;
      await rm(home, { recursive: true, force: true });
      throw server.failure();
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Keeps its connections, accepts new ones, and answers nothing until it is resumed. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Ends it as a crash would, and resolves when it has ended. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Stops it in order, in every state, and removes its directory. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    this.resume();
    await this.exited;
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A crash and a restart on the same port in the same directory. Also starts a killed server. */
  async restart(): Promise<void> {
    await this.kill();
    for (let attempt = 1; !(await this.launch()); attempt++) {
      if (attempt === ATTEMPTS || !TAKEN.test(this.output)) throw this.failure();
    }
  }

  /** Sends one command over a new connection; returns nested lists, strings and numbers. */
  command(...args: [string, ...string[]]): Promise<unknown> {
    return sendOnce(this.port, args);
  }

  /** Whether it came to answer; if not, it has ended. */
  private async launch(): Promise<boolean> {
    const { file, env } = await redisProgram();
    const settings = ['redis.conf', ...DEFAULTS, '--port', `${this.port}`, ...this.args];
    const child = spawn(file, settings, {
      cwd: this.directory,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.output = '';
    this.exited = once(child, 'close');
    child.stdout?.on('data', (text) => (this.output += text));
    child.stderr?.on('data', (text) => (this.output += text));
    await once(child, 'spawn');
    const watchdog = Watchdog.over(this.pid, this.directory);
    child.once('exit', () => watchdog.callOff());
    await until(async () => this.hasEnded || (await this.answers()));
    if (!this.hasEnded) return true;
    await this.exited;
    return false;
  }

  private async answers(): Promise<boolean> {
    // Another server may have taken the port meanwhile: this one is about to end then.
    return this.command('INFO', 'server').then(
      (reply) => String(reply).includes(`process_id:${this.pid}\r`),
      () => false,
    );
  }

  private failure(): Error {
    return new Error(`redis-server on port ${this.port} has ended: ${this.output}`);
  }
}

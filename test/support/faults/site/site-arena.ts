import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ArenaProcess } from '../../arena/arena-process.js';
import { compiledProgram } from '../../program.js';
import { Watchdog } from '../../servers/watchdog.js';

/** One arena of the site, and its replacements after planned ends. */
export class SiteArena {
  url = '';
  private process!: ArenaProcess;
  private watchdog!: Watchdog;
  private started = 0;
  /** The output of the processes that have ended. */
  private past = '';

  private constructor(
    private readonly index: number,
    private readonly env: Readonly<Record<string, string>>,
    private readonly directory: string,
  ) {}

  static async start(index: number, env: Readonly<Record<string, string>>): Promise<SiteArena> {
    const arena = new SiteArena(index, env, await mkdtemp(join(tmpdir(), 'larder-arena-')));
    await arena.launch();
    return arena;
  }

  /** The output of the current process. */
  get name(): string {
    return `${this.index}#${this.started}`;
  }

  /** Whether it has ended unexpectedly. */
  get hasEnded(): boolean {
    return this.process.hasEnded;
  }

  get lastWords(): string {
    return `${this.process.output}${this.process.complaints}`.trim().split('\n').slice(-10).join('\n');
  }

  /** What the audit has found, on the current process and on those before it. */
  get staleReads(): readonly string[] {
    const output = this.past + this.process.output + this.process.complaints;
    return output.split('\n').filter((line) => line.includes('served a stale value'));
  }

  async killAndReplace(): Promise<void> {
    await this.end('SIGKILL');
    await this.launch();
  }

  async stopAndReplace(): Promise<void> {
    await this.end('SIGTERM');
    await this.launch();
  }

  async pause(milliseconds: number): Promise<void> {
    this.process.signal('SIGSTOP');
    await delay(milliseconds);
    this.process.signal('SIGCONT');
  }

  /** Blocks its event loop for 1.5 s. */
  async block(): Promise<void> {
    this.process.signal('SIGUSR2');
    await delay(1500);
  }

  /** Sets its clock forward, or back again. */
  jumpInTime(): void {
    this.process.signal('SIGWINCH');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.directory, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    this.watchdog.callOff();
    this.process.signal(signal);
    await this.process.exitCode();
    this.past += this.process.output + this.process.complaints;
  }

  private async launch(): Promise<void> {
    const hooks = `--import ${pathToFileURL(compiledProgram('faults/site/arena-hooks'))} --no-warnings`;
    const env = { ...this.env, ARENA_DATA_DIR: this.directory, NODE_OPTIONS: hooks };
    this.process = ArenaProcess.start(env, this.directory);
    this.watchdog = Watchdog.over(this.process.pid, this.directory);
    this.url = await this.process.ready();
    this.started++;
  }
}

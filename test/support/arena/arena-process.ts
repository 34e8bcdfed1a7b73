import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledProgram, REPOSITORY } from '../program.js';
import { until } from '../until.js';

const MAIN = join(REPOSITORY, 'apps', 'arena', 'dist', 'main.js');
const IS_AUDITED = process.env.LARDER_TEST_AUDIT === '1';
/** Every hit of every arena is compared with a fresh load: see `test/soak/audited-specs.ts`. */
const AUDIT: Readonly<Record<string, string>> = IS_AUDITED
  ? { NODE_OPTIONS: `--import ${pathToFileURL(compiledProgram('arena/audit-hook'))} --no-warnings` }
  : {};
const READY = /^Arena is ready at (\S+)$/m;

/** Tests use the demo data; on a database of its own an arena has none by default. */
function demoFor({ DATABASE_URL, NODE_ENV }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return DATABASE_URL !== undefined && NODE_ENV !== 'production' ? { ARENA_DEMO_DATA: 'true' } : {};
}

/** Arena as a process of its own, from the built files. */
export class ArenaProcess {
  output = '';
  complaints = '';
  private readonly exited: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit');
    child.stdout?.on('data', (text) => (this.output += text));
    child.stderr?.on('data', (text) => (this.complaints += text));
  }

  /**
   * @param env its environment; by default it takes any free port
   * @param cwd its working directory
   */
  static start(env: Readonly<Record<string, string>>, cwd?: string): ArenaProcess {
    const { PATH, HOME } = process.env;
    return new ArenaProcess(
      spawn(process.execPath, [MAIN], {
        cwd,
        detached: true,
        env: { PATH, HOME, PORT: '0', ...AUDIT, ...demoFor(env), ...env },
      }),
    );
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Waits until it is ready, and returns its URL. */
  async ready(): Promise<string> {
    await until(() => READY.test(this.output) || this.hasEnded, 60_000);
    const url = READY.exec(this.output)?.[1];
    if (url === undefined) throw new Error(`Arena has ended: ${this.complaints}`);
    return url;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends it an interrupt as Ctrl+C does: to the process and its terminal job. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  /**
   * Waits until it ends, and returns its exit code; `null` if a signal ended it.
   *
   * @throws Error with its output if the audit has found a stale answer
   */
  async exitCode(): Promise<number | null> {
    await this.exited;
    const said = this.output + this.complaints;
    if (IS_AUDITED && said.includes('served a stale value')) throw new Error(said);
    return this.child.exitCode;
  }

  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return this.exitCode();
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

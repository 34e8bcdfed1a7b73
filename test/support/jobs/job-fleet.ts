import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProgram } from '../program.js';
import type { RedisServer } from '../servers/redis-server.js';
import { type JobProcessOptions, LINES, type Line } from './job-lines.js';

/** Processes of one application with jobs, on one Redis. */
export class JobFleet {
  output = '';
  private readonly children = new Set<ChildProcess>();

  constructor(
    private readonly redis: RedisServer,
    private readonly url: string,
  ) {}

  /** Resolves when its jobs run. The process ends with this one. */
  async start(jobs: JobProcessOptions['jobs']): Promise<ChildProcess> {
    const options: JobProcessOptions = { redis: this.url, lines: this.redis.url, jobs };
    const child = forkProgram('jobs/job-process', [options], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout?.on('data', (text) => (this.output += text));
    child.stderr?.on('data', (text) => (this.output += text));
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    const ready = await Promise.race([once(child, 'message').then(() => true), once(child, 'exit').then(() => false)]);
    if (!ready) throw new Error(`A process has ended before it was ready: ${this.output}`);
    return child;
  }

  async kill(pid: number): Promise<void> {
    const child = [...this.children].find((one) => one.pid === pid);
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await this.redis.command(
      'RPUSH',
      LINES,
      JSON.stringify({ what: 'killed', tick: 0, name: '', pid, at: Date.now() } satisfies Line),
    );
  }

  /** Signals it to stop, and resolves when it has stopped. */
  async stop(child: ChildProcess): Promise<void> {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  async lines(): Promise<Line[]> {
    const lines = (await this.redis.command('LRANGE', LINES, '0', '-1')) as string[];
    return lines.map((line) => JSON.parse(line));
  }

  async end(): Promise<void> {
    await Promise.all([...this.children].map(({ pid }) => this.kill(pid as number)));
  }
}

/** A summary of a job's lines. */
export interface Told {
  /** How many runs ended, per tick. */
  readonly ends: ReadonlyMap<number, number>;
  /** Ticks whose run died with its process, and whether it ran again. */
  readonly died: ReadonlyMap<number, boolean>;
  /** Pairs of runs that overlapped. */
  readonly overlaps: readonly string[];
}

export function tell(lines: readonly Line[], name: string): Told {
  const ends = new Map<number, number>();
  const died = new Map<number, boolean>();
  const overlaps: string[] = [];
  let running: Line | undefined;
  for (const line of lines) {
    if (line.what === 'killed') {
      if (running?.pid === line.pid) {
        died.set(running.tick, false);
        running = undefined;
      }
      continue;
    }
    if (line.name !== name) continue;
    if (line.what === 'begin') {
      if (running !== undefined) overlaps.push(`${running.tick} and ${line.tick}`);
      if (died.has(line.tick)) died.set(line.tick, true);
      running = line;
    } else {
      ends.set(line.tick, (ends.get(line.tick) ?? 0) + 1);
      if (running?.tick === line.tick && running.pid === line.pid) running = undefined;
    }
  }
  return { ends, died, overlaps };
}

/**
 * Ticks without a run although nothing delayed it: the previous run had ended when they were due, and no process was
 * killed meanwhile.
 *
 * @param every milliseconds between ticks
 */
export function lost(lines: readonly Line[], name: string, every: number): readonly number[] {
  const ended = lines.filter((line) => line.what === 'end' && line.name === name).sort((a, b) => a.tick - b.tick);
  const kills = lines.filter(({ what }) => what === 'killed').map(({ at }) => at);
  return ended.slice(1).flatMap((line, index) => {
    const before = ended[index] as Line;
    const missing = Array.from(
      { length: (line.tick - before.tick) / every - 1 },
      (_, n) => before.tick + (n + 1) * every,
    );
    if (kills.some((at) => at > before.tick && at < line.at)) return [];
    return missing.filter((tick) => before.at < tick).slice(0, 1);
  });
}

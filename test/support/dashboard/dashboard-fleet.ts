import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProgram } from '../program.js';

/** One process with a dashboard. */
export interface DashboardNode {
  readonly url: string;
  readonly pid: number;
}

/** Processes of a small application on one Redis, each with a dashboard. */
export class DashboardFleet {
  private constructor(
    private readonly children: readonly ChildProcess[],
    readonly nodes: readonly DashboardNode[],
  ) {}

  static async start(count: number, redis: string, token: string): Promise<DashboardFleet> {
    const children = Array.from({ length: count }, () => forkProgram('dashboard/dashboard-node', [redis, token]));
    const nodes = await Promise.all(
      children.map(async (child) => {
        const [url] = (await once(child, 'message')) as [string];
        return { url, pid: child.pid as number };
      }),
    );
    return new DashboardFleet(children, nodes);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null) return;
        const exited = once(child, 'exit');
        child.disconnect();
        await exited;
      }),
    );
  }
}

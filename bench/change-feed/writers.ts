import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Eight clients in one child process. */
export class Writers {
  private constructor(private readonly child: ChildProcess) {}

  static async start(url: string): Promise<Writers> {
    const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [url]);
    await once(child, 'message');
    return new Writers(child);
  }

  /** Rows of a table that the clients change per second, one at a time each. */
  async perSecond(table: string, milliseconds: number): Promise<number> {
    this.child.send({ table, milliseconds });
    const [{ perSecond }] = (await once(this.child, 'message')) as [{ perSecond: number }];
    return perSecond;
  }

  end(): void {
    this.child.disconnect();
  }
}

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProgram } from '../program.js';
import type { AudienceNews, AudienceOptions, Tally } from './audience-messages.js';

/** Clients of one arena, in a process of their own: what they do does not slow down what is measured. */
export class Audience {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when all are connected. */
  static async connect(options: AudienceOptions): Promise<Audience> {
    const child = forkProgram('realtime/audience-process', [options]);
    const audience = new Audience(child);
    await audience.next();
    return audience;
  }

  /** What they have heard so far. */
  async tally(): Promise<Tally> {
    const answer = this.next();
    this.child.send('tally');
    const news = await answer;
    if (news.type !== 'tally') throw new Error(`An audience told ${news.type} instead of its tally.`);
    return news.tally;
  }

  async leave(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  private async next(): Promise<AudienceNews> {
    const ended = once(this.child, 'exit').then(() => {
      throw new Error('An audience has ended.');
    });
    const [news] = await Promise.race([once(this.child, 'message'), ended]);
    return news as AudienceNews;
  }
}

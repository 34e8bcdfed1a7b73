import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { SubjectName } from './subjects.js';

/** The result of one stampede. */
export interface Stampede {
  readonly loads: number;
  /** Milliseconds until every caller had its value. */
  readonly milliseconds: number;
}

/** Several processes with one cache, whose callers all request the same id. */
export class Herd {
  private constructor(private readonly children: readonly ChildProcess[]) {}

  /** Resolves when all processes are ready. */
  static async of(name: SubjectName, url: string, processes: number, callers: number): Promise<Herd> {
    const start = async () => {
      const child = fork(new URL('./one.js', import.meta.url), [name, url, String(callers)]);
      await answerOf(child);
      return child;
    };
    return new Herd(await Promise.all(Array.from({ length: processes }, start)));
  }

  /** Lets all callers of all processes request an id. */
  async rush(id: string): Promise<Stampede> {
    const began = performance.now();
    const answers = this.children.map(answerOf);
    for (const child of this.children) child.send(id);
    const loads = (await Promise.all(answers)) as number[];
    return { loads: loads.reduce((sum, count) => sum + count, 0), milliseconds: performance.now() - began };
  }

  end(): void {
    for (const child of this.children) child.kill();
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController();
  const { signal } = answered;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`A process of the stampede ended with code ${code}.`);
  });
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal }), ended]);
    return answer;
  } finally {
    ended.catch(() => {});
    answered.abort();
  }
}

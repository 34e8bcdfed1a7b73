import type { Clock } from '../base/clock.js';
import type { JobContext, JobDefinition } from './definition.js';
import type { JobResult } from './run.js';

export interface Outcome {
  readonly result: JobResult;
  readonly error?: string;
}

/**
 * Does a job's work once. A work that goes on after it was to end is left behind: its outcome counts no more.
 *
 * @param stop ends it before its time
 */
export async function tryOnce(
  job: JobDefinition,
  about: Omit<JobContext, 'signal'>,
  stop: AbortSignal,
  clock: Clock,
): Promise<Outcome> {
  const abort = new AbortController();
  let cancel = () => {};
  let unlisten = () => {};
  const ended = new Promise<Outcome>((resolve) => {
    const end = (result: JobResult, error: string) => {
      resolve({ result, error });
      abort.abort(new Error(error));
    };
    const stopped = () => end('stopped', messageOf(stop.reason));
    cancel = clock.after(job.timeout, () => end('timed-out', `It took longer than ${job.timeout} ms.`));
    if (stop.aborted) stopped();
    else stop.addEventListener('abort', stopped);
    unlisten = () => stop.removeEventListener('abort', stopped);
  });
  try {
    return await Promise.race([ended, worked(job, { ...about, signal: abort.signal })]);
  } finally {
    cancel();
    unlisten();
  }
}

async function worked(job: JobDefinition, context: JobContext): Promise<Outcome> {
  try {
    await job.work(context);
    return { result: 'succeeded' };
  } catch (error) {
    return { result: 'failed', error: messageOf(error) };
  }
}

/** As much of a message as is kept for each run. */
const LONGEST_MESSAGE = 1000;

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_MESSAGE);
}

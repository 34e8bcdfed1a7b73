import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { JobContext, JobDefinition } from './definition.js';
import type { JobResult, JobStatistics } from './run.js';

export interface AttemptOutcome {
  readonly result: JobResult;
  readonly error?: string;
  readonly statistics?: JobStatistics;
}

/**
 * Runs a job's method once. After a timeout or stop, the result of a method that goes on is ignored.
 *
 * @param stop ends the attempt early
 */
export async function runAttempt(
  job: JobDefinition,
  about: Omit<JobContext, 'signal'>,
  stop: AbortSignal,
  clock: Clock,
): Promise<AttemptOutcome> {
  const abort = new AbortController();
  let cancel = () => {};
  let unlisten = () => {};
  const ended = new Promise<AttemptOutcome>((resolve) => {
    const end = (result: JobResult, error: string) => {
      resolve({ result, error });
      abort.abort(new Error(error));
    };
    const stopped = () => end('stopped', messageOf(stop.reason).slice(0, MAX_LENGTH));
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

async function worked(job: JobDefinition, context: JobContext): Promise<AttemptOutcome> {
  try {
    const statistics = statisticsOf(await job.work(context));
    return { result: 'succeeded', ...(statistics && { statistics }) };
  } catch (error) {
    return { result: 'failed', error: messageOf(error).slice(0, MAX_LENGTH) };
  }
}

/** Maximum characters of an error message and of statistics per run. */
const MAX_LENGTH = 1000;

/** A copy of the returned value if it is a small object; jobs may return anything. */
function statisticsOf(returned: unknown): JobStatistics | undefined {
  if (typeof returned !== 'object' || returned === null || Array.isArray(returned)) return undefined;
  try {
    const text = JSON.stringify(returned);
    return text !== undefined && text.length > 2 && text.length <= MAX_LENGTH ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

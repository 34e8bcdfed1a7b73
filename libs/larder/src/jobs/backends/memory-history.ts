import { type JobHistory, type JobRecord, lostRun, MAX_RUNS } from '../history.js';
import type { EndedRun, JobRun } from '../run.js';

const NOTHING: JobRecord = {
  running: undefined,
  last: undefined,
  consecutiveFailures: 0,
  total: 0,
  skipped: 0,
  repeated: 0,
};

/** The history of jobs in this process. */
export class MemoryHistory implements JobHistory {
  readonly #records = new Map<string, JobRecord>();
  readonly #histories = new Map<string, readonly EndedRun[]>();

  async started(name: string, run: JobRun): Promise<void> {
    const { running } = await this.record(name);
    if (running !== undefined) await this.ended(name, lostRun(running));
    this.#records.set(name, { ...(await this.record(name)), running: run });
  }

  async ended(name: string, run: EndedRun): Promise<void> {
    const record = await this.record(name);
    if (record.last === run) return;
    const consecutiveFailures = run.result === 'succeeded' ? 0 : record.consecutiveFailures + 1;
    this.#records.set(name, { ...record, running: undefined, last: run, consecutiveFailures, total: record.total + 1 });
    this.#histories.set(name, [run, ...(await this.runs(name))].slice(0, MAX_RUNS));
  }

  async skipped(name: string, count: number): Promise<void> {
    const record = await this.record(name);
    this.#records.set(name, { ...record, skipped: record.skipped + count });
  }

  async repeated(name: string): Promise<void> {
    const record = await this.record(name);
    this.#records.set(name, { ...record, repeated: record.repeated + 1 });
  }

  async record(name: string): Promise<JobRecord> {
    return this.#records.get(name) ?? NOTHING;
  }

  async runs(name: string): Promise<readonly EndedRun[]> {
    return this.#histories.get(name) ?? [];
  }
}

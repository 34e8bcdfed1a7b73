import { moment } from './moment.js';
import type { Awake } from './node/awake.js';
import type { Operation } from './operations.js';

type Common = 'node' | 'began' | 'ended' | 'awake';
/** The fields of an operation except node and times. */
type Outcome<Kind extends Operation = Operation> = Kind extends Operation ? Omit<Kind, Common> : never;

const SENT_EVERY = 50;

/** Records the operations of a node, and sends them in batches. */
export class Recorder {
  private operations: Operation[] = [];

  constructor(
    private readonly node: string,
    private readonly awake: Awake,
    private readonly send: (operations: readonly Operation[]) => void,
  ) {
    setInterval(() => this.flush(), SENT_EVERY);
  }

  /** Runs something and records each of its results. Never rejects: failures are recorded too. */
  async record(what: string, run: () => Promise<readonly Outcome[]>): Promise<void> {
    const began = moment();
    const awake = this.awake.milliseconds;
    const outcomes = await run().catch((error: unknown): Outcome[] => [{ kind: 'failure', what, error: `${error}` }]);
    const timed = { node: this.node, began, ended: moment(), awake: this.awake.milliseconds - awake };
    for (const outcome of outcomes) this.operations.push({ ...outcome, ...timed });
  }

  flush(): void {
    if (this.operations.length > 0) this.send(this.operations);
    this.operations = [];
  }
}

import { inBatches } from '../../base/batches.js';
import { type Clock, sleep } from '../../base/clock.js';
import { INVALIDATE, type InvalidateMessage } from '../../base/signals/cache-signals.js';
import type { Tracing } from '../../base/signals/tracer.js';
import { withinLimit } from '../../base/timeout.js';
import type { Attachment, Bump, Intent, Journal, Note, WriteResult, Writing } from '../versions/journal.js';

/** Slots raised in one step: between steps Redis serves others. */
export const BATCH_SIZE = 5000;
/** Milliseconds between checks whether queued invalidations have been delivered. */
const POLL_INTERVAL = 20;

/** Why something is invalidated, for the channel of invalidations. */
export type Cause = Pick<InvalidateMessage, 'kind' | 'method' | 'targets'>;

/** Hears which slots this process has raised, and why. Must be quick, and must not throw. */
export type RaiseListener = (slots: readonly number[], cause: Cause) => void;

/** The journal for writers: sends large changes in batches, and tracks what has been delivered. */
export class TrackedJournal {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #tracing: Tracing;
  /** Work that has not ended. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Changes sent and not answered yet, oldest first, with the time when they were sent. */
  readonly #sent = new Map<Promise<Bump>, number>();
  /** Only with a dashboard. */
  #raiseListener: RaiseListener | undefined;
  /** How many changes were sent. */
  #count = 0;
  /** The number of the last change confirmed with the required safety; all before it are confirmed too. */
  #confirmed = 0;
  /** The number of the last change that too few replicas confirmed. */
  #short = 0;

  constructor(journal: Journal, clock: Clock, tracing: Tracing) {
    this.#journal = journal;
    this.#clock = clock;
    this.#tracing = tracing;
  }

  /** Whether the causes of changes are of use. */
  get isHeard(): boolean {
    return INVALIDATE.isHeard || this.#raiseListener !== undefined;
  }

  /** Replaces the listener for raised slots. */
  hearRaises(listener: RaiseListener | undefined): void {
    this.#raiseListener = listener;
  }

  /** Raises slots, in several steps if there are many. */
  bump(slots: readonly number[], note?: Note, mark?: string, cause?: Cause): Promise<Bump> {
    if (slots.length > BATCH_SIZE) return this.#bumpInBatches(slots, note, mark, cause);
    return this.#send(slots, note, cause, (traced) => this.#journal.bump(slots, traced, mark));
  }

  /** Raises slots in one step, which may store entries too. */
  bumpAndStore(slots: readonly number[], attachment: Attachment, note?: Note, cause?: Cause): Promise<Bump> {
    return this.#send(slots, note, cause, (traced) => this.#journal.bump(slots, traced, undefined, attachment));
  }

  announce(writing: Writing): Promise<Intent> {
    return this.#journal.announce(writing);
  }

  /** Ends an intent. Its own slots come first: they must be raised in the same step. */
  conclude(
    intent: Intent,
    slots: readonly number[],
    note?: Note,
    keepsMark = false,
    cause?: Cause,
  ): Promise<WriteResult> {
    if (slots.length <= BATCH_SIZE) {
      return this.#send(slots, note, cause, (traced) => this.#journal.conclude(intent, slots, traced, keepsMark));
    }
    return this.bump(slots.slice(BATCH_SIZE), note, undefined, cause).then(() =>
      this.conclude(intent, slots.slice(0, BATCH_SIZE), note, keepsMark, cause),
    );
  }

  /** Tracks work that ends with changes of the journal, before it sends them. */
  follow<Work extends Promise<unknown>>(work: Work): Work {
    this.#underWay.add(work);
    const end = () => void this.#underWay.delete(work);
    work.then(end, end);
    return work;
  }

  /** For how many milliseconds the oldest sent change has not been delivered. */
  get deliveryLag(): number {
    const [began] = this.#sent.values();
    const sent = began === undefined ? 0 : this.#clock.elapsed() - began;
    return Math.max(sent, this.#journal.deliveryLag ?? 0);
  }

  /** @param limit milliseconds to wait for the delivery of everything that began before this call */
  async delivered(limit: number): Promise<boolean> {
    const until = this.#clock.elapsed() + limit;
    const answered = Promise.allSettled([...this.#underWay, ...this.#sent.keys()]).then(() => true);
    if (!(await withinLimit(this.#clock, limit, answered, () => false))) return false;
    while (!this.#journal.settled || this.#confirmed < this.#short) {
      const left = until - this.#clock.elapsed();
      if (left <= 0) return false;
      await sleep(this.#clock, Math.min(POLL_INTERVAL, left));
    }
    return true;
  }

  async #bumpInBatches(slots: readonly number[], note?: Note, mark?: string, cause?: Cause): Promise<Bump> {
    let last: Bump | undefined;
    let delivered = true;
    const raise = async (portion: readonly number[]) => {
      last = await this.#send(portion, note, cause, (traced) => this.#journal.bump(portion, traced, mark));
      delivered &&= last.delivered;
    };
    await inBatches(slots, raise, BATCH_SIZE);
    return { ...(last as unknown as Bump), delivered };
  }

  /** Sends a change with a note that has its trace, if the cache has a tracer. */
  #send<Sent extends Bump>(
    slots: readonly number[],
    note: Note | undefined,
    cause: Cause | undefined,
    send: (note: Note | undefined) => Promise<Sent>,
  ): Promise<Sent> {
    const { tracer } = this.#tracing;
    if (tracer === undefined || slots.length === 0) return this.#track(send(note), slots, cause);
    const attributes = { 'larder.slots': slots.length };
    return tracer.span({ name: 'invalidate', kind: 'producer', attributes }, () => {
      const { traceparent } = tracer;
      return this.#track(send(traceparent === undefined ? note : { ...note, traceparent }), slots, cause);
    });
  }

  /** Tracks a change from sending it to the reply. */
  #track<Sent extends Bump>(sent: Promise<Sent>, slots: readonly number[], cause: Cause | undefined): Promise<Sent> {
    const number = ++this.#count;
    this.#sent.set(sent, this.#clock.elapsed());
    const end = ({ delivered }: Bump) => {
      this.#sent.delete(sent);
      if (delivered) this.#confirmed = Math.max(this.#confirmed, number);
      // A settled journal has the change, but on too few replicas; an unsettled one reports itself.
      else if (this.#journal.settled) this.#short = Math.max(this.#short, number);
      if (cause === undefined || slots.length === 0) return;
      this.#raiseListener?.(slots, cause);
      if (INVALIDATE.isHeard) INVALIDATE.send({ ...cause, slots: slots.length, delivered });
    };
    // The caller receives the error of a journal that rejects.
    sent.then(end, () => void this.#sent.delete(sent));
    return sent;
  }
}

export function causeOf(kind: Cause['kind'], targets: readonly string[], method?: string): Cause {
  return { kind, method: method === '' ? undefined : method, targets };
}

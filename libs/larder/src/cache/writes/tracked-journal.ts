import { inBatches } from '../../base/batches.js';
import type { Clock } from '../../base/clock.js';
import { withinLimit } from '../../base/timeout.js';
import type { Bump, Intent, Journal, Note, WriteResult, Writing } from '../versions/journal.js';

/** Slots raised in one step: Redis answers others in between. */
export const BATCH_SIZE = 5000;
/** How often it is looked whether what was kept has been delivered, in milliseconds. */
const POLL_INTERVAL = 20;

/** The journal as writers use it: what is much goes in batches, and it is known what was delivered. */
export class TrackedJournal {
  readonly #journal: Journal;
  readonly #clock: Clock;
  /** What has begun and not ended yet. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** What was sent and not answered yet, the oldest first, and when. */
  readonly #sent = new Map<Promise<Bump>, number>();
  /** How many changes were sent. */
  #count = 0;
  /** The last of them that is known to be as safe as it was asked to be: so are all before it. */
  #confirmed = 0;
  /** The last of them that too few replicas are known to have. */
  #short = 0;

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Raises slots; so many that it takes several steps are raised one step after the other. */
  async bump(slots: readonly number[], note?: Note, mark?: string): Promise<Bump> {
    if (slots.length <= BATCH_SIZE) return this.#track(this.#journal.bump(slots, note, mark));
    let last: Bump | undefined;
    let delivered = true;
    const raise = async (portion: readonly number[]) => {
      last = await this.#track(this.#journal.bump(portion, note, mark));
      delivered &&= last.delivered;
    };
    await inBatches(slots, raise, BATCH_SIZE);
    return { ...(last as unknown as Bump), delivered };
  }

  announce(writing: Writing): Promise<Intent> {
    return this.#journal.announce(writing);
  }

  /** Ends an intent. Its own slots come first: they are raised together with its end. */
  async conclude(intent: Intent, slots: readonly number[], note?: Note, keepsMark = false): Promise<WriteResult> {
    if (slots.length > BATCH_SIZE) await this.bump(slots.slice(BATCH_SIZE), note);
    return this.#track(this.#journal.conclude(intent, slots.slice(0, BATCH_SIZE), note, keepsMark));
  }

  /** Counts work that ends with changes of the journal as under way from here on: it may not have sent them yet. */
  follow<Work extends Promise<unknown>>(work: Work): Work {
    this.#underWay.add(work);
    const end = () => void this.#underWay.delete(work);
    work.then(end, end);
    return work;
  }

  /** For how many milliseconds the oldest change that was sent has not been delivered. */
  get deliveryLag(): number {
    const [began] = this.#sent.values();
    const sent = began === undefined ? 0 : this.#clock.elapsed() - began;
    return Math.max(sent, this.#journal.deliveryLag ?? 0);
  }

  /** Whether all that has begun before this call has been delivered, now or within a time in milliseconds. */
  async delivered(limit: number): Promise<boolean> {
    const until = this.#clock.elapsed() + limit;
    const answered = Promise.allSettled(this.#underWay).then(() => true);
    if (!(await withinLimit(this.#clock, limit, answered, () => false))) return false;
    while (!this.#journal.settled || this.#confirmed < this.#short) {
      const left = until - this.#clock.elapsed();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => void this.#clock.after(Math.min(POLL_INTERVAL, left), resolve));
    }
    return true;
  }

  #track<Sent extends Bump>(sent: Promise<Sent>): Promise<Sent> {
    const number = ++this.#count;
    this.#sent.set(sent, this.#clock.elapsed());
    void this.follow(sent).then(({ delivered }) => {
      this.#sent.delete(sent);
      if (delivered) this.#confirmed = Math.max(this.#confirmed, number);
      // What the journal keeps makes it unsettled. This it has, but fewer replicas than there must be.
      else if (this.#journal.settled) this.#short = Math.max(this.#short, number);
    });
    return sent;
  }
}

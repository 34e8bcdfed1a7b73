/** What the queues need of an entry. The queues alone write its last four members. */
export interface Queued {
  readonly bytes: number;
  /** Milliseconds until its value would be here again; 0 if not known. */
  readonly reloadCost: number;
  /** Whether it was read since this was last set to false. */
  visited: boolean;
  /** Nine bits: its queue, and how often it was found visited. */
  rank: number;
  /** When it is due, on the clock of the losses: up to 31 bits. */
  due: number;
  next: this | undefined;
  previous: this | undefined;
}

/** The bits of `rank`: the number of reads, and above them the queue. */
const READS_BITS = 4;
const MAX_READS = 2 ** READS_BITS - 1;

const QUEUES = 29;
/** The queue of an entry that was read once, and whose load took one millisecond for each KB. */
const MIDDLE = 14;
/** A new entry is worth a quarter of one that was read again: most are never read. */
const NEW = 0.25;
const MIN_COST = 0.05;
/** `due` is a small integer, which takes no memory of its own. */
const MAX_DUE = 2 ** 30;
const NEVER = 2 ** 31 - 1;
/** Of how many entries the mean cost is, about. */
const MEAN_OF = 256;

/**
 * Finds the entry that costs least to lose: the least load time for a byte, times the number of reads to expect (GreedyDual-Size with
 * frequency, Cherkasova 1998). Instead of a heap there is a queue for each power of two of that loss, so finding it takes constant
 * time. An entry is due when the losses of what was evicted since exceed its own, so what is not read again leaves at some
 * time. A hit only sets a flag: an entry that is due and has the flag goes to the back of the queue of its new loss.
 */
export class LossQueues<Member extends Queued> {
  readonly #heads: (Member | undefined)[] = Array(QUEUES).fill(undefined);
  readonly #tails: (Member | undefined)[] = Array(QUEUES).fill(undefined);
  /** `due` of each head, which is the least of its queue. */
  readonly #dues = new Int32Array(QUEUES).fill(NEVER);
  /** `due` of the last evicted entry. */
  #now = 0;
  /** The mean of the known costs, in milliseconds: the cost of values that were set, and not loaded. */
  #meanCost = 0;

  /** @param former the entry that it replaces, whose reads it inherits */
  add(entry: Member, former?: Member): void {
    const { reloadCost } = entry;
    if (reloadCost > 0) {
      this.#meanCost = this.#meanCost === 0 ? reloadCost : this.#meanCost + (reloadCost - this.#meanCost) / MEAN_OF;
    }
    this.#append(entry, former === undefined ? 0 : readsOf(former));
  }

  remove(entry: Member): void {
    const queue = entry.rank >> READS_BITS;
    const { next, previous } = entry;
    if (previous === undefined) {
      this.#heads[queue] = next;
      this.#dues[queue] = next === undefined ? NEVER : next.due;
    } else previous.next = next;
    if (next === undefined) this.#tails[queue] = previous;
    else next.previous = previous;
    // It may be referenced for longer than its neighbours.
    entry.next = undefined;
    entry.previous = undefined;
  }

  /** The entry to evict; there must be one. It stays until it is removed. */
  least(): Member {
    for (;;) {
      const dues = this.#dues;
      let queue = 0;
      for (let other = 1; other < QUEUES; other++) if ((dues[other] as number) < (dues[queue] as number)) queue = other;
      const entry = this.#heads[queue] as Member;
      if (!entry.visited) {
        this.#now = entry.due;
        return entry;
      }
      entry.visited = false;
      this.remove(entry);
      this.#append(entry, Math.min(MAX_READS, readsOf(entry) + 1));
    }
  }

  clear(): void {
    this.#heads.fill(undefined);
    this.#tails.fill(undefined);
    this.#dues.fill(NEVER);
    this.#now = 0;
  }

  #append(entry: Member, reads: number): void {
    const queue = this.#queueOf(entry, reads);
    if (this.#now > MAX_DUE) this.#restart();
    entry.due = this.#now + (1 << queue);
    entry.rank = (queue << READS_BITS) | reads;
    const last = this.#tails[queue];
    entry.previous = last;
    entry.next = undefined;
    this.#tails[queue] = entry;
    if (last === undefined) {
      this.#heads[queue] = entry;
      this.#dues[queue] = entry.due;
    } else last.next = entry;
  }

  #queueOf({ bytes, reloadCost }: Member, reads: number): number {
    const cost = Math.max(MIN_COST, reloadCost > 0 ? reloadCost : this.#meanCost);
    const loss = ((reads === 0 ? NEW : reads) * cost * 1024) / Math.max(1, bytes);
    return Math.max(0, Math.min(QUEUES - 1, MIDDLE + Math.round(Math.log2(loss))));
  }

  /** Counts from 0 again, which happens at most once while the store is evicted four times. */
  #restart(): void {
    for (const [queue, head] of this.#heads.entries()) {
      for (let entry = head; entry !== undefined; entry = entry.next) entry.due = Math.max(0, entry.due - this.#now);
      this.#dues[queue] = head === undefined ? NEVER : head.due;
    }
    this.#now = 0;
  }
}

function readsOf({ rank }: Queued): number {
  return rank & MAX_READS;
}

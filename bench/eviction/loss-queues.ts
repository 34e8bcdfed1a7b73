/** What the queues need of a stored entry. */
export interface Queued {
  readonly bytes: number;
  /** Milliseconds; 0 if it was not loaded. */
  readonly loadCost: number;
  /** The flag of a hit, the number of reads, and the queue. */
  use: number;
  due: number;
  next: Queued | undefined;
  previous: Queued | undefined;
}

/** Bits of `use`: the flag that a hit sets, how often the flag was found set, and the queue. */
export const VISITED = 1;
const USES_SHIFT = 1;
const MAX_USES = 15;
const QUEUE_SHIFT = 5;

const QUEUES = 29;
/** The queue of entries whose load took one millisecond for each KB. */
const MIDDLE = 14;
/** A new entry is worth a quarter of one that was read again: most are never read. */
const NEW = 0.25;
const MIN_COST = 0.05;
/** `due` is a small integer, which takes no memory of its own. */
const MAX_DUE = 2 ** 30;
const NEVER = 2 ** 31 - 1;
/** Of how many loads the mean cost is, about. */
const MEAN_OF = 256;

/**
 * Finds the entry whose loss costs least: the least load time for a byte, times the number of reads to expect (GreedyDual-Size with
 * frequency, Cherkasova 1998). Instead of a heap there is a queue for each power of two of that loss. An entry is due when the
 * losses of what was evicted since exceed its own, so what is not read again leaves at some time. A hit only sets a flag:
 * an entry that is due and has the flag goes to the back of the queue of its new value, as in CLOCK.
 */
export class LossQueues {
  readonly #heads: (Queued | undefined)[] = Array(QUEUES).fill(undefined);
  readonly #tails: (Queued | undefined)[] = Array(QUEUES).fill(undefined);
  /** `due` of each head, which is the least of its queue. */
  readonly #dues = new Int32Array(QUEUES).fill(NEVER);
  /** `due` of the last evicted entry. */
  #now = 0;
  /** The mean load cost, in milliseconds: that of values which were set, and not loaded. */
  #meanCost = 0;

  /** @param former the entry that it replaces */
  add(entry: Queued, former?: Queued): void {
    if (entry.loadCost > 0) {
      if (this.#meanCost === 0) this.#meanCost = entry.loadCost;
      else this.#meanCost += (entry.loadCost - this.#meanCost) / MEAN_OF;
    }
    this.#append(entry, former === undefined ? 0 : usesOf(former), former === undefined ? 0 : former.use & VISITED);
  }

  remove(entry: Queued): void {
    const queue = entry.use >> QUEUE_SHIFT;
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
  least(): Queued {
    for (;;) {
      const dues = this.#dues;
      let queue = 0;
      for (let other = 1; other < QUEUES; other++) if ((dues[other] as number) < (dues[queue] as number)) queue = other;
      const entry = this.#heads[queue] as Queued;
      if ((entry.use & VISITED) === 0) {
        this.#now = entry.due;
        return entry;
      }
      this.remove(entry);
      this.#append(entry, Math.min(MAX_USES, usesOf(entry) + 1), 0);
    }
  }

  clear(): void {
    this.#heads.fill(undefined);
    this.#tails.fill(undefined);
    this.#dues.fill(NEVER);
    this.#now = 0;
  }

  #append(entry: Queued, uses: number, visited: number): void {
    const queue = this.#queueOf(entry, uses);
    if (this.#now > MAX_DUE) this.#restart();
    entry.due = this.#now + (1 << queue);
    entry.use = (queue << QUEUE_SHIFT) | (uses << USES_SHIFT) | visited;
    const last = this.#tails[queue];
    entry.previous = last;
    entry.next = undefined;
    this.#tails[queue] = entry;
    if (last === undefined) {
      this.#heads[queue] = entry;
      this.#dues[queue] = entry.due;
    } else last.next = entry;
  }

  #queueOf({ bytes, loadCost }: Queued, uses: number): number {
    const cost = Math.max(MIN_COST, loadCost > 0 ? loadCost : this.#meanCost);
    const loss = ((uses === 0 ? NEW : uses) * cost * 1024) / Math.max(1, bytes);
    return Math.max(0, Math.min(QUEUES - 1, MIDDLE + Math.round(Math.log2(loss))));
  }

  /** Counts from 0 again. */
  #restart(): void {
    for (const head of this.#heads) {
      for (let entry = head; entry !== undefined; entry = entry.next) entry.due = Math.max(0, entry.due - this.#now);
    }
    this.#heads.forEach((head, queue) => {
      this.#dues[queue] = head === undefined ? NEVER : head.due;
    });
    this.#now = 0;
  }
}

function usesOf({ use }: Queued): number {
  return (use >> USES_SHIFT) & MAX_USES;
}

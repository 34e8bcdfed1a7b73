import type { ObservedQuery } from '../observed-query.js';
import type { Transaction } from './connection-state.js';
import type { ObservedLoad } from './observed-load.js';

/** A query that has ended. */
export interface EndedQuery {
  /** The load that sent it, if one did. */
  readonly load: ObservedLoad | undefined;
  /** By the count of {@link ActiveLoads.count}. */
  readonly sentAt: number;
  readonly hasFailed: boolean;
  /** The transaction that it ran in, if it ran in one. */
  readonly transaction: Transaction | undefined;
  /** `undefined` if it read nothing. */
  readonly read: () => ObservedQuery | undefined;
}

/**
 * Rule 5: a batch that crosses loads (DataLoader, Prisma's `findUnique`, a promise that several callers wait for) sends its query in
 * the load that came first. A load that waits, but for no query of its own, may wait for any query that ends meanwhile: it depends
 * on what was sent after it began, and is not cached if another load had sent it before.
 *
 * Not seen: a load that waits for a batch and for a query of its own at the same time.
 */
export class ActiveLoads {
  /** A list, because they are few. */
  readonly #loads: ObservedLoad[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#loads.length === 0;
  }

  /** Counts what begins, to tell which of two began first. */
  count(): number {
    return ++this.#count;
  }

  add(load: ObservedLoad): void {
    this.#loads.push(load);
  }

  delete(load: ObservedLoad): void {
    const last = this.#loads.pop();
    if (last !== undefined && last !== load) this.#loads[this.#loads.indexOf(load)] = last;
  }

  /** Whether another load than the one that sent a query may wait for it. */
  isAwaitedBeside(sender: ObservedLoad | undefined): boolean {
    for (const load of this.#loads) if (load !== sender && load.isWaiting) return true;
    return false;
  }

  share(ended: EndedQuery): void {
    for (const load of this.#loads) {
      if (load === ended.load || !load.isWaiting) continue;
      const reason = faultOf(load, ended);
      const read = ended.read();
      if (reason !== undefined) load.refuse(reason, 'perhaps');
      else if (read !== undefined && ended.sentAt > load.beganAt) load.add(read);
    }
  }
}

function faultOf(load: ObservedLoad, ended: EndedQuery): string | undefined {
  const { transaction } = ended;
  if (ended.sentAt < load.beganAt) {
    // A promise that code outside all loads keeps is memory of the application, like any variable.
    return ended.load && 'it may have waited for a query that another load had sent before it began';
  }
  if (ended.hasFailed) return 'it may have waited for a query that failed';
  if (transaction === undefined || transaction.beganAt > load.beganAt) return undefined;
  return 'it may have waited for a query of a transaction that had begun before it';
}

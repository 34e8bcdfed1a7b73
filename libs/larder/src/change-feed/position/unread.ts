import { type Clock, sleep } from '../../base/clock.js';
import type { Database } from '../../postgres/session.js';
import { CHANNEL } from '../triggers/schema.js';
import { parseSnapshot, type Snapshot } from './snapshot.js';

/** How often the position of the process that reads the log is asked for, in milliseconds. */
const POLL_INTERVAL = 3;

/** Waits, in a process that does not read the log, until the one that does has delivered all that is committed by now. */
export class Unread {
  #asking: Promise<void> | undefined;
  #waiting: Waiting[] = [];

  /**
   * @param cursor the name of the position that the other process saves
   * @param isOver whether to give up
   */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly cursor: string,
    private readonly isOver: () => boolean,
  ) {}

  /** Resolves when every change committed before the call is delivered to the journal; to `false` if that cannot be told. */
  wait(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.push({ resolve, seen: undefined });
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
    });
  }

  async #ask(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.isOver()) {
        // Only these: what is committed after the question is sent may not be seen by it.
        const asked = this.#waiting;
        this.#waiting = [];
        const [row] = await this.database.query<Answer>(ASK, [this.cursor]);
        const { isRead, read, now } = row as Answer;
        const position = read === null ? undefined : parseSnapshot(read);
        for (const one of asked) {
          one.seen ??= parseSnapshot(now);
          if (isRead || (position !== undefined && includes(position, one.seen))) one.resolve(true);
          else this.#waiting.push(one);
        }
        if (this.#waiting.length > 0) await sleep(this.clock, POLL_INTERVAL);
      }
    } catch {
      // The feed connects again. Meanwhile nothing is known of the other process.
    }
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }
}

interface Waiting {
  readonly resolve: (isDelivered: boolean) => void;
  /** A snapshot that sees its changes. */
  seen: Snapshot | undefined;
}

interface Answer {
  /** Whether the log has no row that the other process has not delivered. */
  readonly isRead: boolean;
  readonly read: string | null;
  readonly now: string;
}

/** Whether everything that a snapshot sees is seen by another one. */
function includes(later: Snapshot, earlier: Snapshot): boolean {
  const running = new Set(earlier.running);
  return later.xmax >= earlier.xmax && later.running.every((xid) => BigInt(xid) >= earlier.xmax || running.has(xid));
}

// A reader that is awake polls by itself; a notification makes it read, and save its position, at once.
const ASK = `
with cursor as (select read from larder.cursors where name = $1), unread as materialized (
  select exists (select from cursor) and not exists (
    select from cursor k, larder.changes c where c.xid = any (array(select pg_snapshot_xip(k.read)))
  ) and not exists (
    select from cursor k, larder.changes c where c.xid >= pg_snapshot_xmax(k.read)
  ) as "isRead"
)
select "isRead", (select read::text from cursor) as read, pg_current_snapshot()::text as now,
  case when not "isRead" and pg_notification_queue_usage() < 0.5 then pg_notify('${CHANNEL}', '')::text end
from unread`;

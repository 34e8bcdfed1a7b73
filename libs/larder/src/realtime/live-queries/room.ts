import { backOff } from '../../base/backoff.js';
import type { Clock } from '../../base/clock.js';
import type { Tracing } from '../../base/signals/tracer.js';
import { JsonValues } from './patches/json-values.js';

/** A subscriber that is notified when its query is invalidated. */
export interface RoomMember {
  /** The name of its query, the same for all members of a room. */
  readonly queryName: string;
  /** Notifies the subscriber if it is still allowed to read the query. Never rejects. */
  tell(): Promise<void>;
}

export interface RoomSettings {
  readonly clock: Clock;
  /** The least time between two notifications, in milliseconds. */
  readonly interval: number;
  readonly random: () => number;
  readonly tracing: Tracing;
}

/** How many subscribers are notified at a time: a large room must not block the event loop. */
const CONCURRENCY = 25;
/** How many causes of one notification a trace names. */
const MAX_CAUSES = 20;
/** The longest pause between two loads of a value whose dependencies are not known, in milliseconds. */
const MAX_RETRY_DELAY = 10_000;

/** The subscribers of one query. */
export class Room {
  readonly members = new Set<RoomMember>();
  readonly values = new JsonValues();
  /** Besides {@link ownSlots}: what the value of its members depends on. */
  valueSlots: readonly number[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #tries = 0;
  #telling = Promise.resolve();
  /** The W3C traceparents of the invalidations that the next notification tells of. */
  #causes: string[] = [];

  constructor(
    readonly name: string,
    readonly ownSlots: readonly number[],
    private readonly settings: RoomSettings,
  ) {}

  /** Notifies all members: at once if the last notification is at least one interval ago, else when it is. */
  touch(): void {
    const { clock, interval, tracing } = this.settings;
    const traceparent = tracing.tracer?.traceparent;
    if (traceparent !== undefined && this.#causes.length < MAX_CAUSES) this.#causes.push(traceparent);
    if (this.#cancel !== undefined) return;
    const wait = Math.max(0, this.#toldAt + interval - clock.elapsed());
    this.#cancel = clock.after(wait, () => {
      this.#cancel = undefined;
      this.#endRetry();
      this.#toldAt = clock.elapsed();
      const causes = this.#causes;
      this.#causes = [];
      this.#telling = this.#telling.then(() => this.#tellTraced(causes));
    });
  }

  /** Notifies all members after a pause, which grows with each try in a row: no change will. */
  retry(): void {
    if (this.#cancelRetry !== undefined) return;
    const { clock, interval, random } = this.settings;
    const pause = backOff(this.#tries++, interval, Math.max(interval, MAX_RETRY_DELAY), random);
    this.#cancelRetry = clock.after(pause, () => {
      this.#cancelRetry = undefined;
      this.touch();
    });
  }

  /** The next retry is the first one again. One that waits stays: a member may have an older value. */
  forgetTries(): void {
    this.#tries = 0;
  }

  close(): void {
    this.#cancel?.();
    this.#endRetry();
  }

  #endRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  /** @param causes traceparents: the first invalidation is the parent of the span, the others are linked */
  #tellTraced([parent, ...links]: readonly string[]): Promise<void> {
    const members = [...this.members];
    const { tracer } = this.settings.tracing;
    if (tracer === undefined || parent === undefined) return this.#tell(members);
    const query = members[0]?.queryName ?? '';
    const attributes = { 'larder.query': query, 'larder.subscribers': members.length };
    const span = { name: `push ${query}`, kind: 'producer', attributes, parent, links } as const;
    return tracer.span(span, () => this.#tell(members));
  }

  async #tell(members: readonly RoomMember[]): Promise<void> {
    for (let start = 0; start < members.length; start += CONCURRENCY) {
      const some = members.slice(start, start + CONCURRENCY).filter((member) => this.members.has(member));
      await Promise.all(some.map((member) => member.tell()));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}

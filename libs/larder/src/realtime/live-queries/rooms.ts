import type { Clock } from '../../base/clock.js';
import { Tracing } from '../../base/signals/tracer.js';
import { ROOT_SLOT } from '../../cache/versions/slots.js';

/** A subscriber that is notified when its query is invalidated. */
export interface RoomMember {
  /** The name of its query, the same for all members of a room. */
  readonly queryName: string;
  /** Notifies the subscriber if it is still allowed to read the query. Never rejects. */
  tell(): Promise<void>;
}

/** Whether memory still holds a current value of a query after a change of slots that the room does not know. */
export type IsHeld = () => boolean;

/** How many subscribers are notified at a time: a large room must not block the event loop. */
const CONCURRENCY = 25;
/** How many causes of one notification a trace names. */
const MAX_CAUSES = 20;

/** The subscribers of one query. */
class Room {
  readonly members = new Set<RoomMember>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #telling = Promise.resolve();
  /** The W3C traceparents of the invalidations that the next notification tells of. */
  #causes: string[] = [];

  constructor(
    readonly name: string,
    readonly slots: readonly number[],
    private readonly clock: Clock,
    private readonly interval: number,
    readonly isHeld: IsHeld | undefined,
    private readonly tracing: Tracing,
  ) {}

  /** Notifies all members: at once if the last notification is at least one interval ago, else when it is. */
  touch(): void {
    const traceparent = this.tracing.tracer?.traceparent;
    if (traceparent !== undefined && this.#causes.length < MAX_CAUSES) this.#causes.push(traceparent);
    if (this.#cancel !== undefined) return;
    const wait = Math.max(0, this.#toldAt + this.interval - this.clock.elapsed());
    this.#cancel = this.clock.after(wait, () => {
      this.#cancel = undefined;
      this.#toldAt = this.clock.elapsed();
      const causes = this.#causes;
      this.#causes = [];
      this.#telling = this.#telling.then(() => this.#tellTraced(causes));
    });
  }

  close(): void {
    this.#cancel?.();
  }

  /** @param causes traceparents: the first invalidation is the parent of the span, the others are linked */
  #tellTraced([parent, ...links]: readonly string[]): Promise<void> {
    const members = [...this.members];
    const { tracer } = this.tracing;
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

/**
 * Which subscribers depend on which slots. A query has one room for all its subscribers on this node. A room notifies them at
 * most once per interval, for any number of invalidations.
 */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #bySlot = new Map<number, Set<Room>>();
  /** Rooms whose queries may depend on more slots than are known. */
  readonly #wider = new Set<Room>();

  /** @param interval milliseconds */
  constructor(
    private readonly clock: Clock,
    private readonly interval: number,
    private readonly tracing: Tracing = new Tracing(),
  ) {}

  get size(): number {
    return this.#rooms.size;
  }

  /**
   * Notifies the member of every later change of these slots.
   *
   * @param name the same for all subscribers of a query
   * @param isHeld given if the query may depend on more than these slots
   * @returns a function that removes the member
   */
  join(name: string, slots: readonly number[], member: RoomMember, isHeld?: IsHeld): () => void {
    const room = this.#rooms.get(name) ?? this.#open(name, slots, isHeld);
    room.members.add(member);
    return () => {
      room.members.delete(member);
      if (room.members.size === 0 && this.#rooms.get(name) === room) this.#shut(room);
    };
  }

  /** Called when these slots have changed: values that depend on them are no longer served. */
  changed(slots: readonly number[]): void {
    if (slots.includes(ROOT_SLOT)) {
      for (const room of this.#rooms.values()) room.touch();
      return;
    }
    for (const slot of slots) {
      for (const room of this.#bySlot.get(slot) ?? []) room.touch();
    }
    for (const room of this.#wider) if (!room.isHeld?.()) room.touch();
  }

  close(): void {
    for (const room of this.#rooms.values()) this.#shut(room);
  }

  #open(name: string, slots: readonly number[], isHeld: IsHeld | undefined): Room {
    const room = new Room(name, slots, this.clock, this.interval, isHeld, this.tracing);
    this.#rooms.set(name, room);
    if (isHeld !== undefined) this.#wider.add(room);
    for (const slot of slots) this.#bySlot.set(slot, (this.#bySlot.get(slot) ?? new Set()).add(room));
    return room;
  }

  #shut(room: Room): void {
    room.close();
    this.#rooms.delete(room.name);
    this.#wider.delete(room);
    for (const slot of room.slots) {
      const others = this.#bySlot.get(slot);
      others?.delete(room);
      if (others?.size === 0) this.#bySlot.delete(slot);
    }
  }
}

import type { Clock } from '../../base/clock.js';
import { ROOT_SLOT } from '../../cache/versions/slots.js';

/** Who is to be told when a query is invalidated. */
export interface RoomMember {
  /** Tells it, if it may know. Never rejects. */
  tell(): Promise<void>;
}

/** Whether a change that touches none of the slots that are known leaves a query as it is. */
export type IsHeld = () => boolean;

/** Subscribers that are told at the same time, so that a large room does not hold up the process. */
const CONCURRENCY = 25;

/** The subscribers of one query: all of its targets together. */
class Room {
  readonly members = new Set<RoomMember>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #telling = Promise.resolve();

  constructor(
    readonly name: string,
    readonly slots: readonly number[],
    private readonly clock: Clock,
    private readonly interval: number,
    readonly isHeld: IsHeld | undefined,
  ) {}

  /** Lets all members be told: at once, if the last time is an interval ago, else when it is. */
  touch(): void {
    if (this.#cancel !== undefined) return;
    const wait = Math.max(0, this.#toldAt + this.interval - this.clock.elapsed());
    this.#cancel = this.clock.after(wait, () => {
      this.#cancel = undefined;
      this.#toldAt = this.clock.elapsed();
      this.#telling = this.#telling.then(() => this.#tellAll());
    });
  }

  close(): void {
    this.#cancel?.();
  }

  async #tellAll(): Promise<void> {
    const members = [...this.members];
    for (let start = 0; start < members.length; start += CONCURRENCY) {
      const some = members.slice(start, start + CONCURRENCY).filter((member) => this.members.has(member));
      await Promise.all(some.map((member) => member.tell()));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}

/**
 * Which subscribers depend on which slots. A query has one room for all who subscribed to it on this node; it is told at
 * most once per interval, however often something it depends on is invalidated.
 */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #bySlot = new Map<number, Set<Room>>();
  /** Those whose queries may depend on more than their slots. */
  readonly #wider = new Set<Room>();

  /** @param interval milliseconds */
  constructor(
    private readonly clock: Clock,
    private readonly interval: number,
  ) {}

  get size(): number {
    return this.#rooms.size;
  }

  /**
   * From now on the subscriber is told of every change of these slots.
   *
   * @param name the same for all subscribers of a query
   * @param isHeld given where the query may depend on more than these slots
   * @returns what ends that
   */
  join(name: string, slots: readonly number[], member: RoomMember, isHeld?: IsHeld): () => void {
    const room = this.#rooms.get(name) ?? this.#open(name, slots, isHeld);
    room.members.add(member);
    return () => {
      room.members.delete(member);
      if (room.members.size === 0 && this.#rooms.get(name) === room) this.#shut(room);
    };
  }

  /** Something that depends on these slots is not served any more. */
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
    const room = new Room(name, slots, this.clock, this.interval, isHeld);
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

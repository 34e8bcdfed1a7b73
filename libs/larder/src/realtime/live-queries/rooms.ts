import type { Clock } from '../../base/clock.js';
import { ROOT_SLOT } from '../../cache/versions/slots.js';

/** A subscriber that is notified when its query is invalidated. */
export interface RoomMember {
  /** Notifies the subscriber if it is still allowed to read the query. Never rejects. */
  tell(): Promise<void>;
}

/** Whether memory still holds a current value of a query after a change of slots that the room does not know. */
export type IsHeld = () => boolean;

/** How many subscribers are notified at a time: a large room must not block the event loop. */
const CONCURRENCY = 25;

/** The subscribers of one query. */
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

  /** Notifies all members: at once if the last notification is at least one interval ago, else when it is. */
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

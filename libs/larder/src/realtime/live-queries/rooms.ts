import { ROOT_SLOT } from '../../cache/versions/slots.js';
import type { JsonValues } from './patches/json-values.js';
import { Room, type RoomMember, type RoomSettings } from './room.js';

/**
 * What a value that a member has read depends on: `'own'`, the slots with which the member joined; slots that its load showed;
 * `'any'`, slots that are not known; `'retry'`, more than slots, so that only another load shows a change.
 */
export type ValueDependencies = 'own' | ShownDependencies | 'any' | 'retry';

interface ShownDependencies {
  readonly slots: readonly number[];
  /** Whether none of them has changed since the value was loaded. */
  isCurrent(): boolean;
}

/** The place of a member in its room. */
export interface Membership {
  /** Shared by the members of the room. */
  readonly values: JsonValues;
  /** Notifies the members of later changes of what a value depends on, in place of that of an earlier value. */
  follow(dependencies: ValueDependencies): void;
  leave(): void;
}

/**
 * Which subscribers depend on which slots. A query has one room for all its subscribers on this node. A room notifies them at
 * most once per interval, for any number of invalidations.
 */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #bySlot = new Map<number, Set<Room>>();
  /** Rooms whose values may depend on more slots than are known. */
  readonly #wider = new Set<Room>();

  constructor(private readonly settings: RoomSettings) {}

  get size(): number {
    return this.#rooms.size;
  }

  /**
   * Notifies the member of every later change of these slots.
   *
   * @param name the same for all subscribers of a query
   */
  join(name: string, slots: readonly number[], member: RoomMember): Membership {
    const room = this.#rooms.get(name) ?? this.#open(name, slots);
    room.members.add(member);
    const isOpen = () => this.#rooms.get(name) === room;
    return {
      values: room.values,
      follow: (dependencies) => {
        if (isOpen() && room.members.has(member)) this.#follow(room, dependencies);
      },
      leave: () => {
        room.members.delete(member);
        if (room.members.size === 0 && isOpen()) this.#shut(room);
      },
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
    for (const room of this.#wider) room.touch();
  }

  close(): void {
    for (const room of this.#rooms.values()) this.#shut(room);
  }

  #follow(room: Room, dependencies: ValueDependencies): void {
    if (dependencies === 'own') return;
    if (dependencies === 'any') this.#wider.add(room);
    else if (dependencies === 'retry') room.retry();
    else if (dependencies.isCurrent()) {
      this.#wider.delete(room);
      room.forgetTries();
      this.#unlist(room, room.valueSlots);
      room.valueSlots = dependencies.slots;
      this.#list(room);
    } else room.touch();
  }

  #open(name: string, slots: readonly number[]): Room {
    const room = new Room(name, slots, this.settings);
    this.#rooms.set(name, room);
    this.#list(room);
    return room;
  }

  #shut(room: Room): void {
    room.close();
    this.#rooms.delete(room.name);
    this.#wider.delete(room);
    this.#unlist(room, [...room.ownSlots, ...room.valueSlots]);
  }

  #list(room: Room): void {
    for (const slot of [...room.ownSlots, ...room.valueSlots]) {
      this.#bySlot.set(slot, (this.#bySlot.get(slot) ?? new Set()).add(room));
    }
  }

  #unlist(room: Room, slots: readonly number[]): void {
    for (const slot of slots) {
      const others = this.#bySlot.get(slot);
      others?.delete(room);
      if (others?.size === 0) this.#bySlot.delete(slot);
    }
  }
}

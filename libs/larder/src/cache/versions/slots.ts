import type { Entry } from '../entries/entry.js';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
// Tags start from another state than paths, so that `tag('venue')` and `['venue']` are different dependencies.
const TAG_OFFSET = 0x9e3779b9;
const COLON = 0x3a;

/** The slot of the root: every entry depends on it. */
export const ROOT_SLOT = 0;

/** The slots of observed dependencies, behind those of the version table. */
export const DEPENDENCY_SLOTS = 2 ** 22;
// From another state than paths and tags.
const DEPENDENCY_OFFSET = 0x85ebca6b;

/**
 * Hashes dependencies to slots of the version table. A dependency has the same slot on every node.
 *
 * Two dependencies can collide in a slot: invalidating one then costs the other an extra miss, never a wrong value. To keep
 * collisions rare where they would hit many entries, slot 0 is the root's, the first eighth is for first-level prefixes and
 * tags, and the rest for deeper keys.
 */
export class Slots {
  readonly #shared: number;

  /** @param count the number of slots, root included, without those of observed dependencies */
  constructor(readonly count: number) {
    this.#shared = count >>> 3;
  }

  /** The slots of an entry besides the root: its own first, then those of its prefixes and its tags. */
  ofEntry(path: string, tags: readonly string[] = []): number[] {
    const slots = [0];
    let state = FNV_OFFSET;
    for (let index = 0; index < path.length; index++) {
      const unit = path.charCodeAt(index);
      // Colons inside a part are escaped, so a colon ends a prefix.
      if (unit === COLON) slots.push(slots.length === 1 ? this.#sharedSlot(state) : this.#deepSlot(state));
      state = advance(state, unit);
    }
    slots[0] = slots.length === 1 ? this.#sharedSlot(state) : this.#deepSlot(state);
    for (const tag of tags) slots.push(this.ofTag(tag));
    return slots;
  }

  /** The slots of a stored entry. Most are computed when needed: an array of them would add a tenth to a small entry. */
  ofStored({ id, tags, slots }: Pick<Entry, 'id' | 'tags' | 'slots'>): readonly number[] {
    return slots ?? this.ofEntry(id, tags);
  }

  /** The slot of a path as a target. The empty path is the root. */
  ofPath(path: string): number {
    if (path === '') return ROOT_SLOT;
    const state = hash(path, FNV_OFFSET);
    return path.includes(':') ? this.#deepSlot(state) : this.#sharedSlot(state);
  }

  ofTag(name: string): number {
    return this.#sharedSlot(hash(name, TAG_OFFSET));
  }

  /**
   * The slot of something that a load was observed to read. Every entry that has one depends on {@link dependencyRoot} too.
   *
   * @param rest the end of the name, if it is in two parts
   */
  ofDependency(name: string, rest = ''): number {
    return this.count + 1 + (finish(hash(rest, hash(name, DEPENDENCY_OFFSET))) % (DEPENDENCY_SLOTS - 1));
  }

  get dependencyRoot(): number {
    return this.count;
  }

  #sharedSlot(state: number): number {
    return 1 + (finish(state) % (this.#shared - 1));
  }

  #deepSlot(state: number): number {
    return this.#shared + (finish(state) % (this.count - this.#shared));
  }
}

/** The slots of an entry besides the root, computed when they are needed: mostly they are not. */
export class EntrySlots {
  readonly #hash: Slots;
  readonly #path: string;
  readonly #tags: readonly string[];
  #slots: readonly number[] | undefined;

  constructor(hash: Slots, path: string, tags: readonly string[]) {
    this.#hash = hash;
    this.#path = path;
    this.#tags = tags;
  }

  get slots(): readonly number[] {
    this.#slots ??= this.#hash.ofEntry(this.#path, this.#tags);
    return this.#slots;
  }
}

function hash(text: string, offset: number): number {
  let state = offset;
  for (let index = 0; index < text.length; index++) state = advance(state, text.charCodeAt(index));
  return state;
}

/** FNV-1a over UTF-16 units. */
function advance(state: number, unit: number): number {
  return Math.imul(state ^ unit, FNV_PRIME);
}

/** MurmurHash3's finaliser: FNV alone would put similar texts into neighbouring slots. */
function finish(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

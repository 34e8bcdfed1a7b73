/** What the objects of one shape have in common. */
export interface Shape {
  readonly names: readonly string[];
  /** What their prototype is. */
  readonly prototype: object | null;
  /** Makes one without members, apart from those of other shapes: V8 then finds the next member's place at once. */
  readonly make: new () => Record<string, unknown>;
  /** Whether setting a member might do something else than to add it: the prototype has something of that name. */
  readonly isShadowing: boolean;
}

/** Shapes kept for each prototype. */
const MOST_SHAPES = 1000;
/** The longest names, those of a shape taken together, that are kept. */
const MOST_UNITS = 1000;

/**
 * Shapes that values had before. Names that V8 has met are set faster than fresh ones, and objects of one constructor faster
 * than `{}`. Bytes that someone made up fill it up to its bounds at most, and give no shape other names than its own.
 */
export class KnownShapes {
  readonly #prototype: object | null;
  readonly #shapes = new Map<string, Shape>();

  /** @param prototype of all objects with these shapes */
  constructor(prototype: object | null) {
    this.#prototype = prototype;
  }

  /**
   * @param joined the names, one after the other
   * @param lengths how long each of them is
   */
  find(joined: string, lengths: readonly number[]): Shape {
    const known = this.#shapes.get(joined);
    return known !== undefined && isCutAt(lengths, known.names) ? known : this.#add(joined, lengths);
  }

  #add(joined: string, lengths: readonly number[]): Shape {
    const prototype = this.#prototype;
    const names: string[] = [];
    let end = 0;
    for (const length of lengths) {
      names.push(internalised(joined.slice(end, end + length)));
      end += length;
    }
    const isShadowing = prototype !== null && names.some((name) => name in prototype);
    const shape = { names, prototype, make: constructorOf(prototype), isShadowing };
    if (joined.length > MOST_UNITS || lengths.length > MOST_UNITS) return shape;
    if (this.#shapes.size >= MOST_SHAPES) this.#shapes.clear();
    // Not `joined` itself: it is a piece of all the texts of a value and would keep them.
    this.#shapes.set(names.join(''), shape);
    return shape;
  }
}

function isCutAt(lengths: readonly number[], names: readonly string[]): boolean {
  if (names.length !== lengths.length) return false;
  for (let index = 0; index < lengths.length; index++) if (names[index]?.length !== lengths[index]) return false;
  return true;
}

/** The one copy of a name that V8 keeps for all objects. */
function internalised(name: string): string {
  return Object.keys({ [name]: 0 })[0] as string;
}

function constructorOf(prototype: object | null): Shape['make'] {
  function Members() {}
  Members.prototype = prototype;
  return Members as unknown as Shape['make'];
}

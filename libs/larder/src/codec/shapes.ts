/** Where the values of members come from, in their order. */
export interface Values {
  next(depth: number): unknown;
}

/** Makes an object with the next values as its members. */
type Compiled = new (values: Values, depth: number) => object;

/** What the objects of one shape have in common. */
export interface Shape {
  readonly names: readonly string[];
  /** The names, one after the other. */
  readonly joined: string;
  /** What their prototype is. */
  readonly prototype: object | null;
  /** Makes one without members, apart from those of other shapes: V8 then finds the next member's place at once. */
  readonly make: new () => Record<string, unknown>;
  /** Whether setting a member might do something else than to add it: the prototype has something of that name. */
  readonly isShadowing: boolean;
  /** How many values had it. */
  met: number;
  /** Makes one with its members, where the shape is met so often that it is worth while. */
  compiled: Compiled | undefined;
}

/** Shapes of one value that are guessed. */
const MAX_GUESSED = 16;

/** How many values have a shape before it is compiled: that takes as long as reading some hundred objects. */
const COMPILE_THRESHOLD = 20;

/** Shapes kept for each prototype. */
const MAX_SHAPES = 1000;
/** The longest names, those of a shape taken together, that are kept. */
const MAX_UNITS = 1000;

/**
 * Shapes that values had before. Names that V8 has met are set faster than fresh ones, and objects of one constructor faster
 * than `{}`. Bytes that someone made up fill it up to its bounds at most, and give no shape other names than its own.
 */
export class KnownShapes {
  readonly #prototype: object | null;
  readonly #shapes = new Map<string, Shape>();
  /** Those of the value before, in their order. */
  readonly #last: Shape[] = [];

  /** @param prototype of all objects with these shapes */
  constructor(prototype: object | null) {
    this.#prototype = prototype;
  }

  /** The shape that the value before had at some place, as the next one most likely has. */
  guess(place: number): Shape | undefined {
    return this.#last[place];
  }

  /**
   * @param joined the names, one after the other
   * @param lengths how long each of them is
   * @param place how many shapes the value has before this one
   */
  find(joined: string, lengths: readonly number[], place: number): Shape {
    const known = this.#shapes.get(joined);
    if (known === undefined || !isCutAt(lengths, known.names)) return this.#add(joined, lengths);
    if (place < MAX_GUESSED) this.#last[place] = known;
    return this.meet(known);
  }

  /** Counts a value that has a shape. */
  meet(shape: Shape): Shape {
    shape.met++;
    if (shape.met === COMPILE_THRESHOLD) shape.compiled = compile(shape);
    return shape;
  }

  #add(given: string, lengths: readonly number[]): Shape {
    const prototype = this.#prototype;
    const names: string[] = [];
    let end = 0;
    for (const length of lengths) {
      names.push(internalised(given.slice(end, end + length)));
      end += length;
    }
    // Not what was given: it is a piece of all the texts of a value and would keep them.
    const joined = names.join('');
    const isShadowing = prototype !== null && names.some((name) => name in prototype);
    const shape = {
      names,
      joined,
      prototype,
      make: constructorOf(prototype),
      isShadowing,
      met: 1,
      compiled: undefined,
    };
    if (joined.length > MAX_UNITS || lengths.length > MAX_UNITS) return shape;
    if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
    this.#shapes.set(joined, shape);
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

/**
 * A constructor with a line for each member, as msgpackr and protobufjs make them: with a place in the code of its own, each
 * is set several times faster than in a loop. `undefined` where it would not be the same, or where node was told to compile
 * no strings.
 */
function compile({ names, prototype, isShadowing }: Shape): Compiled | undefined {
  if (prototype === null || isShadowing) return undefined;
  const lines = names.map((name) => `this[${JSON.stringify(name)}] = values.next(depth);`);
  try {
    const compiled = new Function('values', 'depth', lines.join('\n'));
    compiled.prototype = prototype;
    return compiled as unknown as Compiled;
  } catch {
    return undefined;
  }
}

function constructorOf(prototype: object | null): Shape['make'] {
  function Members() {}
  Members.prototype = prototype;
  return Members as unknown as Shape['make'];
}

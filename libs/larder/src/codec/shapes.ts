/** A source of the values of members, in order. */
export interface Values {
  next(depth: number): unknown;
}

/** Makes an object whose members are the next values. */
type Compiled = new (values: Values, depth: number) => object;

/** What all objects of one shape share. */
export interface Shape {
  readonly names: readonly string[];
  /** The names, joined without separator. */
  readonly joined: string;
  readonly prototype: object | null;
  /** Makes an object without members, of a class of its own: V8 then adds the next member without a search. */
  readonly make: new () => Record<string, unknown>;
  /** Whether setting a member could do more than add it, because the prototype has a member of that name. */
  readonly isShadowing: boolean;
  /** How many values had this shape. */
  met: number;
  /** Makes an object with all its members; only for frequent shapes. */
  compiled: Compiled | undefined;
}

/** The first shapes of a value, which are guessed from the previous value. */
const MAX_GUESSED = 16;

/** Values with a shape before it is compiled, which takes as long as reading some hundred objects. */
const COMPILE_THRESHOLD = 20;

/** Shapes kept per prototype. */
const MAX_SHAPES = 1000;
/** The longest joined names that are kept. */
const MAX_UNITS = 1000;

/**
 * Shapes of earlier values. V8 sets known names faster than new ones, and creates objects of one constructor faster than
 * `{}`. Malicious bytes can only fill it up to its bounds; a shape always has the names that were asked for.
 */
export class KnownShapes {
  readonly #prototype: object | null;
  readonly #shapes = new Map<string, Shape>();
  /** The shapes of the previous value, in order. */
  readonly #last: Shape[] = [];

  /** @param prototype the prototype of all objects with these shapes */
  constructor(prototype: object | null) {
    this.#prototype = prototype;
  }

  /** The shape at this place in the previous value, which is the most likely one. */
  guess(place: number): Shape | undefined {
    return this.#last[place];
  }

  /**
   * @param joined the names, joined without separator
   * @param lengths the length of each name
   * @param place the number of shapes before this one in the value
   */
  find(joined: string, lengths: readonly number[], place: number): Shape {
    const known = this.#shapes.get(joined);
    if (known === undefined || !isCutAt(lengths, known.names)) return this.#add(joined, lengths);
    if (place < MAX_GUESSED) this.#last[place] = known;
    return this.meet(known);
  }

  /** Counts a value with a shape. */
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
    // Not the given text: it is a slice of all texts of a value and would retain them.
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

/** V8's single copy of a name. */
function internalised(name: string): string {
  return Object.keys({ [name]: 0 })[0] as string;
}

/**
 * A constructor with a line of code per member, as in msgpackr and protobufjs: several times faster than a loop. `undefined`
 * where the result would differ, or where Node may not compile strings.
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

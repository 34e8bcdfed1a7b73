/** A class, whatever its constructor takes. */
export type Class<T extends object = object> = abstract new (...given: never[]) => T;

/** How instances of a class are cached that are more than their own enumerable members: with private fields, for instance. */
export interface ClassRule<T extends object = object> {
  readonly class: Class<T>;
  /** What there is to keep of an instance: plain data, or instances of other such classes. */
  store(instance: T): unknown;
  /** An instance again; gets a fresh copy of what {@link store} answered, perhaps of another release. What throws is a miss. */
  restore(stored: unknown): T;
}

/** Classes whose instances may be cached, each under the name by which it is known in Redis, whatever a release calls it. */
export type Classes = Readonly<Record<string, Class | ClassRule>>;

/** A class that may be cached. */
export interface KnownClass {
  readonly name: string;
  readonly prototype: object;
  /** Without a rule an instance is its own enumerable members and its prototype. */
  readonly rule: ClassRule | undefined;
}

/** The classes of one cache. */
export class KnownClasses {
  readonly #byName = new Map<string, KnownClass>();
  readonly #byPrototype = new Map<object, KnownClass>();

  constructor(classes: Classes = {}) {
    for (const [name, given] of Object.entries(classes)) {
      const rule = typeof given === 'function' ? undefined : given;
      const { prototype } = typeof given === 'function' ? given : given.class;
      const known = { name, prototype, rule };
      this.#byName.set(name, known);
      this.#byPrototype.set(prototype, known);
    }
  }

  all(): IterableIterator<KnownClass> {
    return this.#byName.values();
  }

  /** The class of an object with this prototype; an instance of a subclass has another one. */
  withPrototype(prototype: object | null): KnownClass | undefined {
    return prototype === null ? undefined : this.#byPrototype.get(prototype);
  }

  named(name: string): KnownClass | undefined {
    return this.#byName.get(name);
  }
}

export const NO_CLASSES = new KnownClasses();

/** An instance of a class with a rule, as a cache keeps it: every caller gets another instance, made of this. */
export class Kept {
  constructor(
    readonly type: KnownClass,
    readonly stored: unknown,
  ) {}
}

/** What is wrong with the classes that were given, each with the name of the option. */
export function problemsOfClasses(classes: unknown): readonly string[] {
  if (typeof classes !== 'object' || classes === null) return [`The option classes is ${classes}; it takes ${TAKES}`];
  const met = new Map<unknown, string>();
  return Object.entries(classes).flatMap(([name, given]) => {
    const type: unknown = typeof given === 'function' ? given : given?.class;
    const earlier = met.get(type);
    met.set(type, name);
    if (!isClass(type) || (type !== given && !isRule(given))) return [`The option classes.${name} takes ${TAKES}`];
    return earlier === undefined ? [] : [`The option classes.${name} is the class that classes.${earlier} is already`];
  });
}

const TAKES = 'names with classes, or with { class, store, restore }';

function isClass(given: unknown): given is Class {
  return typeof given === 'function' && typeof given.prototype === 'object' && given.prototype !== Object.prototype;
}

function isRule({ store, restore }: Partial<ClassRule>): boolean {
  return typeof store === 'function' && typeof restore === 'function';
}

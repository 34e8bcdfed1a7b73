/** A class with any constructor. */
export type Class<T extends object = object> = abstract new (...given: never[]) => T;

/** How to cache a class whose instances hold more than their own enumerable members, such as private fields. */
export interface ClassRule<T extends object = object> {
  readonly class: Class<T>;
  /** The state to store: plain data, or instances of other listed classes. */
  store(instance: T): unknown;
  /**
   * Makes an instance of a fresh copy of what {@link store} returned, perhaps in another release.
   * If it throws, the read is a miss.
   */
  restore(stored: unknown): T;
}

/** Classes whose instances may be cached, by the name stored in Redis: the name must not change when a class is renamed. */
export type Classes = Readonly<Record<string, Class | ClassRule>>;

/** A class that may be cached. */
export interface KnownClass {
  readonly name: string;
  readonly prototype: object;
  /** `undefined`: the instance is stored as its own enumerable members and its prototype. */
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

  /** The class with this prototype. A subclass has another prototype, and must be listed itself. */
  withPrototype(prototype: object | null): KnownClass | undefined {
    return prototype === null ? undefined : this.#byPrototype.get(prototype);
  }

  named(name: string): KnownClass | undefined {
    return this.#byName.get(name);
  }
}

export const NO_CLASSES = new KnownClasses();

/** The stored state of an instance whose class has a rule. Each caller gets a new instance made of it. */
export class Kept {
  constructor(
    readonly type: KnownClass,
    readonly stored: unknown,
  ) {}
}

/** The problems of the option `classes`, each with its name. */
export function problemsOfClasses(classes: unknown): readonly string[] {
  if (typeof classes !== 'object' || classes === null) {
    return [`invalid option classes: got ${classes}, expected ${TAKES}`];
  }
  const met = new Map<unknown, string>();
  return Object.entries(classes).flatMap(([name, given]) => {
    const type: unknown = typeof given === 'function' ? given : given?.class;
    const earlier = met.get(type);
    met.set(type, name);
    if (!isClass(type) || (type !== given && !isRule(given))) {
      const kind = given === null ? 'null' : typeof given;
      return [`invalid option classes.${name}: got ${kind}, expected a class or { class, store, restore }`];
    }
    return earlier === undefined ? [] : [`The option classes.${name} is the same class as classes.${earlier}`];
  });
}

const TAKES = 'names with classes, or with { class, store, restore }';

function isClass(given: unknown): given is Class {
  return typeof given === 'function' && typeof given.prototype === 'object' && given.prototype !== Object.prototype;
}

function isRule({ store, restore }: Partial<ClassRule>): boolean {
  return typeof store === 'function' && typeof restore === 'function';
}

type Method = (...given: unknown[]) => unknown;
type Hook = (self: never, original: Method, given: never) => unknown;

/** Methods of prototypes with something around them. Other libraries may have patched them before, and may do it later. */
export class Patches {
  readonly #undo = new Map<object, Map<string, () => void>>();

  /** Puts `hook` around a method, once for each prototype. */
  install(prototype: object, name: string, hook: Hook): void {
    const undo = this.#undo.get(prototype) ?? new Map<string, () => void>();
    if (undo.has(name)) return;
    this.#undo.set(prototype, undo);
    const methods = prototype as Record<string, Method>;
    const original = methods[name] as Method;
    let isOn = true;
    const patched = function (this: unknown, ...given: unknown[]) {
      return isOn ? hook(this as never, original, given as never) : original.apply(this, given);
    };
    Object.defineProperty(patched, 'name', { value: original.name });
    methods[name] = patched;
    undo.set(name, () => {
      isOn = false;
      // A library that patched it later calls ours: then it stays, switched off.
      if (methods[name] === patched) methods[name] = original;
    });
  }

  undo(): void {
    for (const prototype of this.#undo.values()) for (const undo of prototype.values()) undo();
    this.#undo.clear();
  }
}

/** The prototype of an object that defines a method; the last one, since subclasses call it. */
export function prototypeOf(object: unknown, name: string): object | undefined {
  let found: object | undefined;
  for (let at = object; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name) && at !== object) found = at;
  }
  return found;
}

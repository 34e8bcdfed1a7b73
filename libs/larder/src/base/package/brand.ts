/** A class that another copy of the package may define too. */
interface Branded {
  readonly prototype: object;
}

/**
 * Makes `instanceof` accept instances of every copy of the package: a test runner or a bundler may load one copy for `import`
 * and one for `require`. Subclasses are distinguished as usual.
 */
export function brand(type: Branded, name: string): void {
  const mark = Symbol.for(`nest-larder ${name}`);
  Object.defineProperty(type.prototype, mark, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this, value);
      return typeof value === 'object' && value !== null && mark in value;
    },
  });
}

import type { ModulesContainer } from '@nestjs/core';
import { LarderOptionsError } from './base/errors.js';
import { RELEASE } from './base/package/copies.js';
import type { LarderOptions } from './config/options.js';

/** Marks the modules that register options, and holds those options. */
export const OPTIONS = Symbol.for(`${RELEASE} options`);

/**
 * The options of one application, however often it imports `LarderModule`: a second engine would not see what the first one
 * invalidates, so equal options are one registration, and others are refused.
 */
export class Registration {
  readonly #expected: number;
  #added = 0;
  #first: LarderOptions | undefined;
  #resolve: (options: LarderOptions) => void = () => {};
  readonly #options = new Promise<LarderOptions>((resolve) => {
    this.#resolve = resolve;
  });

  /** @throws LarderOptionsError if another copy of the package is loaded */
  constructor(modules: ModulesContainer) {
    const all = [...modules.values()];
    const own = all.find(({ providers }) => providers.has(OPTIONS))?.metatype;
    if (all.some(({ metatype }) => metatype.name === own?.name && metatype !== own)) {
      throw new LarderOptionsError([
        'LarderModule is imported from two copies of the package nest-larder, and neither would see what the other invalidates; ' +
          'see `npm ls nest-larder` and keep one',
      ]);
    }
    this.#expected = all.filter(({ providers }) => providers.has(OPTIONS)).length;
  }

  /** @throws LarderOptionsError for options that are not those of another import */
  add(options: LarderOptions): void {
    if (this.#added === 0) this.#first = options;
    const differing = differences(this.#first, options);
    if (differing.length > 0) {
      throw new LarderOptionsError([
        `LarderModule is imported more than once with different options (${differing.join(', ')}); ` +
          'import it once, in the root module: it is global',
      ]);
    }
    // The options are known when no other import can contradict them any more.
    if (++this.#added === this.#expected) this.#resolve(options);
  }

  get options(): Promise<LarderOptions> {
    return this.#options;
  }
}

/** Names of the options that differ. What is no plain object or list must be the very same. */
function differences(one: unknown, other: unknown): string[] {
  if (!isPlain(one) || !isPlain(other)) return Object.is(one, other) ? [] : ['the options'];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => !isSame(one[name], other[name]));
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isPlain(one) || !isPlain(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  return differences(one, other).length === 0;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (Array.isArray(value)) return true;
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

import type { ModulesContainer } from '@nestjs/core';
import { LarderOptionsError } from './base/errors.js';
import { RELEASE } from './base/package/copies.js';
import type { LarderOptions } from './config/options.js';

/** The token of the registered options; marks the modules that register some. */
export const OPTIONS = Symbol.for(`${RELEASE} options`);

/** The token of the options of `DashboardModule`. */
export const DASHBOARD = Symbol.for(`${RELEASE} dashboard`);

/**
 * The options of one application. Several imports of `LarderModule` with equal options are one registration; different options
 * are refused, because a second engine would not see the invalidations of the first.
 */
export class Registration {
  readonly #expected: number;
  readonly #dashboard: LarderOptions['dashboard'];
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
    const dashboards = all.flatMap(({ providers }) => providers.get(DASHBOARD)?.instance ?? []);
    this.#dashboard = dashboards[0] as LarderOptions['dashboard'];
    this.#expected = all.filter(({ providers }) => providers.has(OPTIONS)).length;
    // `nest-larder/compat` works without LarderModule, by the environment alone.
    if (this.#expected === 0) this.#resolve({});
  }

  /** @throws LarderOptionsError if the options differ from those of another import */
  add(options: LarderOptions): void {
    if (this.#added === 0) this.#first = options;
    const differing = differences(this.#first, options);
    if (differing.length > 0) {
      throw new LarderOptionsError([
        `LarderModule is imported more than once with different options (${differing.join(', ')}); ` +
          'import it once, in the root module: it is global',
      ]);
    }
    // Resolve after the last import: only then are all options known to be equal.
    if (++this.#added === this.#expected) this.#resolve(options);
  }

  /** With those of `DashboardModule`. */
  get options(): Promise<LarderOptions> {
    const dashboard = this.#dashboard;
    return dashboard === undefined ? this.#options : this.#options.then((options) => ({ ...options, dashboard }));
  }
}

/** Names of the options that differ. Values other than plain objects and lists are compared by identity. */
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

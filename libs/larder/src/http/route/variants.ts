import type { Clock } from '../../base/clock.js';
import { LarderKeyError } from '../../base/errors.js';
import type { VaryingHeader } from '../../decorators/route-options.js';
import { pathOfVariant } from '../../keys/key.js';
import type { CallerRequest } from '../../scope/caller-identity.js';
import type { RequestedVersion } from './version.js';

const MAX_VALUE_LENGTH = 128;
/** How many variants of a route a node stores per period: callers choose the headers, and must not fill the cache. */
const MAX_VARIANTS = 100;
const PERIOD = 60_000;

type Choice = readonly [name: string, value: string | undefined];

/** The path of a request's variant, or the reason why none is stored for it. */
export type VariantPlace = { readonly path: string } | { readonly reason: string };

/** The choices that make a variant, or the reason why none is stored. */
type VariantChoice = { readonly choices: readonly Choice[]; readonly reason?: undefined } | { readonly reason: string };

const UNKNOWN_VERSION = { reason: 'version not known' };
const TOO_LONG = { reason: 'header too long' };
const TOO_MANY = { reason: 'too many variants' };

/** The variants of a route's response: one per version and per combination of the headers in `vary`. */
export class Variants {
  /** The names of the request headers that select a variant, for `Vary`. */
  readonly headers: readonly string[];
  readonly #declared: readonly (VaryingHeader & { readonly key: string })[];
  readonly #version: RequestedVersion | undefined;
  readonly #method: string;
  readonly #clock: Clock;
  #seen = new Set<string>();
  #seenSince = Number.NEGATIVE_INFINITY;

  private constructor(
    method: string,
    declared: readonly VaryingHeader[],
    version: RequestedVersion | undefined,
    clock: Clock,
  ) {
    this.#method = method;
    this.#clock = clock;
    this.#version = version;
    this.#declared = declared.map((header) => ({ ...header, key: header.name.toLowerCase() }));
    this.headers = [...declared.map(({ name }) => name), ...(version === undefined ? [] : [version.header])];
  }

  /** @returns `undefined` for a route with one variant */
  static of(
    method: string,
    declared: readonly VaryingHeader[],
    version: RequestedVersion | undefined,
    clock: Clock,
  ): Variants | undefined {
    return declared.length === 0 && version === undefined ? undefined : new Variants(method, declared, version, clock);
  }

  /**
   * The path of a request's variant, below the path of all variants.
   *
   * @returns the path, or the reason why no response is stored for the request
   * @throws what a function of `http.vary` throws; LarderKeyError if it does not return a string
   */
  below(path: string, request: CallerRequest): VariantPlace {
    const chosen = this.#chosen(request);
    if (chosen.reason !== undefined) return chosen;
    const found = pathOfVariant(path, chosen.choices);
    return this.#admits(found.slice(path.length)) ? { path: found } : TOO_MANY;
  }

  /** The name of a request's variant; `undefined` if no response is stored for the request. */
  nameFor(request: CallerRequest): string | undefined {
    try {
      const { choices } = this.#chosen(request) as { choices?: readonly Choice[] };
      return choices && pathOfVariant('', choices);
    } catch {
      return undefined;
    }
  }

  /** The path of a call without a request; `undefined` if only a request can determine the variant. */
  withoutRequest(path: string): string | undefined {
    const only = this.#declared.length === 0 ? this.#version?.only : undefined;
    return only === undefined ? undefined : pathOfVariant(path, [['version', only]]);
  }

  #chosen(request: CallerRequest): VariantChoice {
    const choices: Choice[] = [];
    if (this.#version !== undefined) {
      const version = this.#version.in(request);
      if (version === undefined) return UNKNOWN_VERSION;
      if (version !== null) choices.push(['version', version]);
    }
    for (const { key, choose } of this.#declared) {
      const sent = textOf(request.headers[key]);
      const value = choose === undefined ? sent : this.#checked(key, choose(sent));
      if (value !== undefined && value.length > MAX_VALUE_LENGTH) return TOO_LONG;
      choices.push([key, value]);
    }
    return { choices };
  }

  #checked(header: string, value: unknown): string {
    if (typeof value === 'string') return value;
    throw new LarderKeyError(
      `the variant that http.vary returns for ${header}`,
      `is ${value === null ? 'null' : typeof value}`,
      this.#method,
    );
  }

  #admits(variant: string): boolean {
    const now = this.#clock.elapsed();
    if (now - this.#seenSince >= PERIOD) {
      this.#seenSince = now;
      this.#seen.clear();
    }
    if (this.#seen.has(variant)) return true;
    if (this.#seen.size >= MAX_VARIANTS) return false;
    this.#seen.add(variant);
    return true;
  }
}

function textOf(sent: string | readonly string[] | undefined): string | undefined {
  return typeof sent === 'object' ? sent.join(', ').trim() : sent?.trim();
}

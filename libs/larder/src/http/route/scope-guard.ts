import type { EventListener } from '../../cache/state/events.js';
import type { CachedRoute } from './cached-route.js';
import type { CallerRequest } from './caller-identity.js';
import { type Identifier, identityOf } from './caller-identity.js';

/** Whose answer a request may have: everybody's, one user's, or no stored one for a reason. */
export type Admission =
  | { readonly to: 'everybody' }
  | { readonly to: 'user'; readonly identity: string }
  | { readonly to: 'nobody'; readonly reason: string };

const EVERYBODY: Admission = { to: 'everybody' };
const NOBODY_KNOWN: Admission = { to: 'nobody', reason: 'no identity' };
const NOT_DECLARED: Admission = { to: 'nobody', reason: 'scope not declared' };
const NOT_IDENTIFIED: Admission = { to: 'nobody', reason: 'identify failed' };

/**
 * Decides whose answer a request may have. What is one user's own lies under a key with that user in it; where nobody is
 * known, or nobody said whose a result is, there is no key at all.
 */
export class LeakGuard {
  readonly #identifier: Identifier;
  readonly #report: EventListener;
  /** Methods of which it has been said that they declare no scope. */
  readonly #reported = new Set<string>();

  constructor(identifier: Identifier, report: EventListener) {
    this.#identifier = identifier;
    this.#report = report;
  }

  admit(route: CachedRoute, request: CallerRequest): Admission | Promise<Admission> {
    if (route.scope === 'shared') return EVERYBODY;
    if (route.scope === undefined && (route.guarded || hasCredentials(request))) return this.#refuse(route);
    try {
      const given = this.#identifier.identify(request);
      if (!(given instanceof Promise)) return this.#judge(route, given);
      return given.then(
        (identity) => this.#judge(route, identity),
        (error) => this.#fail(route, error),
      );
    } catch (error) {
      return this.#fail(route, error);
    }
  }

  /** That these methods need a scope has been said together. */
  haveReported(methods: readonly string[]): void {
    for (const method of methods) this.#reported.add(method);
  }

  #judge(route: CachedRoute, given: unknown): Admission {
    const identity = identityOf(given);
    if (route.scope === 'user') return identity === undefined ? NOBODY_KNOWN : { to: 'user', identity };
    return given === undefined || given === null ? EVERYBODY : this.#refuse(route);
  }

  #refuse({ name }: CachedRoute): Admission {
    if (!this.#reported.has(name)) {
      this.#reported.add(name);
      this.#report({ type: 'scope-undeclared', methods: [name] });
    }
    return NOT_DECLARED;
  }

  #fail({ name }: CachedRoute, error: unknown): Admission {
    this.#report({ type: 'identify-failed', method: name, error });
    return NOT_IDENTIFIED;
  }
}

/** Whether a request says who sends it, as far as its headers show. */
export function hasCredentials({ headers }: Pick<CallerRequest, 'headers'>): boolean {
  return headers.authorization !== undefined || headers.cookie !== undefined;
}

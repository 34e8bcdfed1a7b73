import type { EventListener } from '../cache/state/events.js';
import type { Admission } from '../decorators/handler.js';
import type { Scope } from '../decorators/route-options.js';
import { segmentOfCaller } from '../keys/key.js';
import { type Caller, type Identify, identityOf } from './caller-identity.js';

/** A method, as far as it decides who may share its values. */
export interface Subject {
  readonly name: string;
  readonly scope: Scope | undefined;
  /** Whether a guard protects it. Global guards are added when the application starts. */
  guarded: boolean;
  /** Whether each request has its own instance, which may know the caller. */
  isPerRequest: boolean;
  /** Whether a transport calls it. */
  readonly isCalled: boolean;
}

/** The options of the module about callers. */
export interface ScopeOptions {
  readonly identify: Identify;
  /** By the names that decorators use. */
  readonly scopes: Readonly<Record<string, Identify>>;
  /** Whether the application refuses to start with methods that should declare a scope and do not. */
  readonly strictScope: boolean;
}

export const ALL_CALLERS: Admission = { to: 'all' };
export const NO_IDENTITY: Admission = { to: 'none', reason: 'no identity' };
const NOT_DECLARED: Admission = { to: 'none', reason: 'scope not declared' };
const NOT_IDENTIFIED: Admission = { to: 'none', reason: 'identify failed' };

/**
 * Decides which callers may share a value, for every transport. A caller's own value has the caller in its key. If the caller
 * is unknown, or the method does not declare `scope`, the call is not cached.
 */
export class Admissions {
  readonly #options: ScopeOptions;
  readonly #report: EventListener;
  /** Methods already reported for a missing scope. */
  readonly #reported = new Set<string>();

  constructor(options: ScopeOptions, report: EventListener) {
    this.#options = options;
    this.#report = report;
  }

  admit(subject: Subject, caller: Caller): Admission | Promise<Admission> {
    const { scope } = subject;
    if (scope === 'shared') return ALL_CALLERS;
    if (scope === undefined && (subject.guarded || subject.isPerRequest || caller.hasCredentials))
      return this.refuse(subject);
    const { identify, scopes } = this.#options;
    const identifyBy = scope === undefined || scope === 'user' ? identify : scopes[scope];
    try {
      const given = identifyBy?.(caller.request, caller.context);
      if (!(given instanceof Promise)) return this.#judge(subject, given);
      return given.then(
        (identity) => this.#judge(subject, identity),
        (error) => this.#fail(subject, error),
      );
    } catch (error) {
      return this.#fail(subject, error);
    }
  }

  /**
   * Admits a call without a context, made by other code: to a handler, whose parameters may depend on a caller, or to an
   * instance that may know more than its parameters.
   */
  admitUnknown(subject: Subject): Admission {
    if (subject.scope === 'shared') return ALL_CALLERS;
    return subject.scope === undefined ? this.refuse(subject) : NO_IDENTITY;
  }

  /** Whether a call carries no sign of its caller: then it may share values with other such calls. */
  isUnknown(caller: Caller): boolean {
    if (caller.hasCredentials) return false;
    try {
      const identity = this.#options.identify(caller.request, caller.context);
      return identity === undefined || identity === null;
    } catch {
      return false;
    }
  }

  /** The call is not cached; reports once that the method needs a scope. */
  refuse({ name }: Subject): Admission {
    if (!this.#reported.has(name)) this.reportUndeclared([name]);
    return NOT_DECLARED;
  }

  /** Reports methods that need a scope, each once. */
  reportUndeclared(methods: readonly string[]): void {
    for (const method of methods) this.#reported.add(method);
    this.#report({ type: 'scope-undeclared', methods });
  }

  #judge(subject: Subject, given: unknown): Admission {
    const { scope } = subject;
    if (scope === undefined) return given === undefined || given === null ? ALL_CALLERS : this.refuse(subject);
    const identity = identityOf(given);
    if (identity === undefined) return NO_IDENTITY;
    return { to: 'caller', segment: segmentOfCaller(scope, identity) };
  }

  #fail({ name }: Subject, error: unknown): Admission {
    this.#report({ type: 'identify-failed', method: name, error });
    return NOT_IDENTIFIED;
  }
}

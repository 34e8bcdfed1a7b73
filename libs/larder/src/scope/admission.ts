import type { EventListener } from '../cache/state/events.js';
import type { Admission } from '../decorators/handler.js';
import type { Scope } from '../decorators/route-options.js';
import { segmentOf } from '../keys/key.js';
import { type Caller, type Identify, identityOf } from './caller-identity.js';

/** A method whose calls are admitted. */
export interface Subject {
  readonly name: string;
  readonly scope: Scope | undefined;
  /** Whether a guard stands before it. Of guards for all handlers it is told when the application starts. */
  guarded: boolean;
  /** Whether its instances are made for one request each: they may know whose it is. */
  isPerRequest: boolean;
  /** Whether a transport brings calls to it. */
  readonly isCalled: boolean;
}

/** How the module was told to find out whose a call is. */
export interface ScopeOptions {
  readonly identify: Identify;
  /** By the names that decorators use. */
  readonly scopes: Readonly<Record<string, Identify>>;
  /** Whether the application may start with methods that should declare a scope and do not. */
  readonly strictScope: boolean;
}

export const EVERYBODY: Admission = { to: 'everybody' };
const NOBODY_KNOWN: Admission = { to: 'nobody', reason: 'no identity' };
const NOT_DECLARED: Admission = { to: 'nobody', reason: 'scope not declared' };
const NOT_IDENTIFIED: Admission = { to: 'nobody', reason: 'identify failed' };

/**
 * Decides whose value a call may have, whatever transport it came through. What is one caller's own lies under a key with
 * that caller in it; where nobody is known, or the method does not say whose its results are, there is no key at all.
 */
export class Admissions {
  readonly #options: ScopeOptions;
  readonly #report: EventListener;
  /** Methods of which it has been said that they declare no scope. */
  readonly #reported = new Set<string>();

  constructor(options: ScopeOptions, report: EventListener) {
    this.#options = options;
    this.#report = report;
  }

  admit(subject: Subject, caller: Caller): Admission | Promise<Admission> {
    const { scope } = subject;
    if (scope === 'shared') return EVERYBODY;
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
   * For a call without a context, as other code makes it: of a handler, whose parameters may belong to one caller, or on an
   * instance that may know more than its parameters.
   */
  admitUnknown(subject: Subject): Admission {
    if (subject.scope === 'shared') return EVERYBODY;
    return subject.scope === undefined ? this.refuse(subject) : NOBODY_KNOWN;
  }

  /** Whether nothing at all is known of who makes a call: then any other such caller may have the same. */
  isUnknown(caller: Caller): boolean {
    if (caller.hasCredentials) return false;
    try {
      const identity = this.#options.identify(caller.request, caller.context);
      return identity === undefined || identity === null;
    } catch {
      return false;
    }
  }

  /** Nothing is stored, and it is said once that the method needs a scope. */
  refuse({ name }: Subject): Admission {
    if (!this.#reported.has(name)) this.reportUndeclared([name]);
    return NOT_DECLARED;
  }

  /** Says of methods together that they need a scope, which is then not said again. */
  reportUndeclared(methods: readonly string[]): void {
    for (const method of methods) this.#reported.add(method);
    this.#report({ type: 'scope-undeclared', methods });
  }

  #judge(subject: Subject, given: unknown): Admission {
    const { scope } = subject;
    if (scope === undefined) return given === undefined || given === null ? EVERYBODY : this.refuse(subject);
    const identity = identityOf(given);
    if (identity === undefined) return NOBODY_KNOWN;
    return { to: 'caller', segment: segmentOf(scope === 'user' ? 'user' : `scope.${scope}`, identity) };
  }

  #fail({ name }: Subject, error: unknown): Admission {
    this.#report({ type: 'identify-failed', method: name, error });
    return NOT_IDENTIFIED;
  }
}

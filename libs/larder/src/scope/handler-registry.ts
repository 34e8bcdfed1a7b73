import type { Type } from '@nestjs/common';
import type { Engine } from '../cache/engine.js';
import { type Handler, Handlers } from '../decorators/handler.js';
import { isInPlace, type Plan } from '../decorators/plan.js';
import {
  addedParameter,
  argumentsOf,
  askForContext,
  type Transport,
  transportsOf,
} from '../nest/handler-parameters.js';
import { GUARDS, isNoted, PARAMETER_KINDS } from '../nest/route-metadata.js';
import { Admissions, type ScopeOptions, type Subject } from './admission.js';
import { CalledMethod, type CallerPlace } from './called-method.js';
import { unkeyedParameter } from './unkeyed-parameters.js';

/** A method to check when the application starts. */
interface Known {
  readonly subject: Subject;
  readonly plan: Plan;
  /** The kind of a parameter that callers choose and the key does not contain. */
  readonly unkeyed: string | undefined;
}

/** A transport's own way of answering calls of a method. */
export interface Route {
  readonly subject: Subject;
  /** @param others the handler of calls that come in another way */
  handlerAround(others: Handler): Handler;
}

/** Makes the route of a method of a class; `undefined` if the transport has no own way of answering it. */
export type RouteOf = (of: Type<unknown>, plan: Plan) => Route | undefined;

/** Every decorated method of one application that a transport calls, and its scope. */
export class HandlerRegistry extends Handlers {
  readonly admissions: Admissions;
  readonly #options: ScopeOptions;
  readonly #handlers = new Map<unknown, Map<Plan, Handler>>();
  readonly #known = new Map<unknown, Known[]>();

  constructor(engine: Engine, options: ScopeOptions) {
    super();
    this.#options = options;
    this.admissions = new Admissions(options, engine.context.report);
  }

  of(instance: object, plan: Plan): Handler | undefined {
    return plan.handled.anywhere ? this.#handlers.get(instance.constructor)?.get(plan) : undefined;
  }

  /**
   * Registers the decorated methods of a class that a transport calls, before Nest binds them; also the methods that these
   * override and may call through `super`.
   */
  add(of: Type<unknown>, plans: readonly Plan[], routeOf: RouteOf): void {
    if (this.#handlers.has(of)) return;
    for (const property of new Set(plans.map((plan) => plan.property))) {
      const transports = transportsAt(of.prototype as object, property);
      const ofMethod = plans.filter((plan) => plan.property === property);
      const inPlace = ofMethod.filter((plan) => isInPlace(of.prototype as object, plan));
      if (transports.length > 0 && inPlace.length > 0) this.#addMethod(of, inPlace, transports, routeOf);
      for (const plan of ofMethod) {
        if (inPlace.includes(plan)) continue;
        if (transports.length > 0 || transportsAt(plan.target, property).length > 0) this.#addReplaced(of, plan);
      }
    }
  }

  /** Each request, or each place of injection, has its own instance of this class. */
  addPerRequest(of: Type<unknown>, plans: readonly Plan[]): void {
    for (const plan of plans) {
      const known = this.#known.get(of)?.find((one) => one.plan === plan);
      if (known !== undefined) known.subject.isPerRequest = true;
      else if (plan.kind !== 'invalidate') {
        const subject = { ...subjectOf(of, plan, []), isPerRequest: true };
        this.#note(of, { subject, plan, unkeyed: undefined }, new CalledMethod(subject, this.admissions, undefined));
      }
    }
  }

  /**
   * Checks the scopes of all handlers, once the global guards are known.
   *
   * @param isGuarded whether a guard protects every handler
   * @returns problems that must prevent the start, as sentences
   */
  check(isGuarded: boolean): string[] {
    const undeclared = new Map<string, string>();
    for (const { subject, unkeyed } of [...this.#known.values()].flat()) {
      if (subject.isCalled) subject.guarded ||= isGuarded;
      const why = subject.scope === undefined ? reasonFor(subject, unkeyed) : undefined;
      if (why !== undefined) undeclared.set(subject.name, why);
    }
    if (undeclared.size === 0) return [];
    if (this.#options.strictScope) return [...undeclared].map(([name, why]) => undeclaredScope(name, why));
    this.admissions.reportUndeclared([...undeclared.keys()]);
    return [];
  }

  /** The problem of an unknown scope, as a sentence. */
  problemsOf({ name, options: { scope } }: Plan): string[] {
    const known = ['shared', 'user', ...Object.keys(this.#options.scopes)];
    if (scope === undefined || known.includes(scope)) return [];
    const names = known.map((one) => `'${one}'`).join(', ');
    return [
      `scope of ${name()} is '${scope}'; there are ${names}. Add it to the module's option scopes, or name another.`,
    ];
  }

  #addMethod(of: Type<unknown>, plans: readonly Plan[], transports: readonly Transport[], routeOf: RouteOf): void {
    const routes = plans.map((plan) => (transports.includes('http') ? routeOf(of, plan) : undefined));
    const place = placeOf(of, plans, transports, routes);
    plans.forEach((plan, index) => {
      const subject = routes[index]?.subject ?? subjectOf(of, plan, transports);
      const unkeyed = transports.map((transport) => unkeyedParameter(of, plan, transport)).find((one) => one);
      const called = new CalledMethod(subject, this.admissions, place);
      this.#note(of, { subject, plan, unkeyed }, routes[index]?.handlerAround(called) ?? called);
    });
  }

  /** No transport calls it, so the check at the start skips it. */
  #addReplaced(of: Type<unknown>, plan: Plan): void {
    const subject = subjectOf(of, plan, []);
    this.#noteHandler(of, plan, new CalledMethod(subject, this.admissions, undefined));
  }

  #noteHandler(of: Type<unknown>, plan: Plan, handler: Handler): void {
    const handlers = this.#handlers.get(of) ?? new Map<Plan, Handler>();
    this.#handlers.set(of, handlers.set(plan, handler));
    plan.handled.anywhere = true;
  }

  #note(of: Type<unknown>, known: Known, handler: Handler): void {
    this.#noteHandler(of, known.plan, handler);
    if (known.plan.kind !== 'invalidate') this.#known.set(of, [...(this.#known.get(of) ?? []), known]);
  }
}

function transportsAt(prototype: object, property: string | symbol): readonly Transport[] {
  return transportsOf((prototype as Record<string | symbol, object>)[property] as object);
}

/** Adds a parameter with the caller to methods that store values. */
function placeOf(
  of: Type<unknown>,
  plans: readonly Plan[],
  transports: readonly Transport[],
  routes: readonly (Route | undefined)[],
): CallerPlace | undefined {
  const [{ property }] = plans as [Plan];
  const others = transports.filter((transport) => transport !== 'http');
  const isAsked = plans.some((plan, index) => plan.kind !== 'invalidate' && (!routes[index] || others.length > 0));
  if (isAsked) return askForContext(of, property, others.length > 0 ? others : transports);
  const request = addedParameter(of, property, PARAMETER_KINDS.request);
  return request === undefined ? undefined : { own: argumentsOf(of, property), at: request };
}

function subjectOf(of: Type<unknown>, plan: Plan, transports: readonly Transport[]): Subject {
  const handler = (of.prototype as Record<string | symbol, object>)[plan.property] as object;
  const guards = [handler, of].map((on) => Reflect.getMetadata(GUARDS, on) as unknown);
  return {
    name: plan.name(),
    scope: plan.options.scope,
    // Nest runs no guards before the resolver of a field: the guards of the operation may not have protected it.
    guarded: guards.some(isNoted) || transports.includes('field'),
    isCalled: transports.length > 0,
    isPerRequest: false,
  };
}

function reasonFor({ guarded, isPerRequest }: Subject, unkeyed: string | undefined): string | undefined {
  if (guarded) return 'is guarded';
  if (isPerRequest) return 'is made for each request';
  return unkeyed && `takes ${unkeyed}, which its key does not,`;
}

function undeclaredScope(method: string, why: string): string {
  return (
    `${method} ${why} and does not declare scope. ` +
    "Add scope: 'shared' (one value for all callers), scope: 'user' (one per caller) or one of the module's scopes to its decorator."
  );
}

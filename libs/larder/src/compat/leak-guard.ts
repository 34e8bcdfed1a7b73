import 'reflect-metadata';
import type { ExecutionContext, Type } from '@nestjs/common';
import type { ExternalContextCreator, Reflector } from '@nestjs/core';
import type { Admission } from '../decorators/handler.js';
import { GUARDS, globalsOf, isNoted } from '../nest/route-metadata.js';
import { type Admissions, ALL_CALLERS, NO_IDENTITY } from '../scope/admission.js';
import { callerOf } from '../scope/message-caller.js';
import { callerParameter } from '../scope/unkeyed-parameters.js';
import { CACHE_SCOPE_METADATA } from './tokens.js';

/** Decides which callers share the response of a handler: one user's response never reaches another one. */
export class LeakGuard {
  readonly #admissions: Admissions;
  readonly #contexts: ExternalContextCreator;
  readonly #reflector: Reflector;

  constructor(admissions: Admissions, contexts: ExternalContextCreator, reflector: Reflector) {
    this.#admissions = admissions;
    this.#contexts = contexts;
    this.#reflector = reflector;
  }

  /** @param isUrlKey whether the key is the URL, which contains no other parameter of the handler */
  async admit(context: ExecutionContext, isUrlKey: boolean): Promise<Admission> {
    const handler = context.getHandler();
    const places = [handler, context.getClass()];
    const declared = this.#reflector.getAllAndOverride<'shared' | 'user' | undefined>(CACHE_SCOPE_METADATA, places);
    if (declared === 'shared') return ALL_CALLERS;
    const caller = callerOf(context);
    const name = `${context.getClass().name}.${handler.name}`;
    const subject = { name, scope: 'user', guarded: false, isPerRequest: false, isCalled: true };
    const admission = await this.#admissions.admit(subject, caller);
    if (admission !== NO_IDENTITY || declared === 'user') return admission;
    const mayDepend = caller.hasCredentials || this.#isGuarded(places) || (isUrlKey && readsCaller(context));
    // Callers without any sign of who they are get the same response.
    return mayDepend ? admission : ALL_CALLERS;
  }

  #isGuarded(places: readonly object[]): boolean {
    if (places.some((place) => isNoted(Reflect.getMetadata(GUARDS, place)))) return true;
    return globalsOf(this.#contexts).isGuarded;
  }
}

/** Whether the handler has a parameter by which it may know its caller; also if the handler is not found in its class. */
function readsCaller(context: ExecutionContext): boolean {
  const of = context.getClass() as Type<unknown>;
  const handler = context.getHandler();
  const prototype = of.prototype as Record<string | symbol, unknown>;
  const property = prototype[handler.name] === handler ? handler.name : propertyOf(prototype, handler);
  return property === undefined || callerParameter(of, property, 'http') !== undefined;
}

function propertyOf(prototype: object | null, handler: object): string | symbol | undefined {
  for (let on = prototype; on !== null; on = Object.getPrototypeOf(on) as object | null) {
    const descriptors = Object.getOwnPropertyDescriptors(on);
    const found = Reflect.ownKeys(descriptors).find((name) => descriptors[name as string]?.value === handler);
    if (found !== undefined) return found;
  }
  return undefined;
}

import { Inject } from '@nestjs/common';
import { Engine } from '../cache/engine.js';
import { LarderDecoratorError } from '../errors.js';
import { HttpCaching } from '../http/http-caching.js';
import { keepIdentity } from '../identity.js';
import { addPlan, type Plan } from './plan.js';

/** Where Nest puts the engine into every instance whose class has a decorated method. */
export const ENGINE = Symbol('Larder engine');
/** And what caching knows of HTTP. */
export const HTTP = Symbol('Larder HTTP');

export type Woven = { [ENGINE]?: Engine; [HTTP]?: HttpCaching };
export type Original = (this: unknown, ...parameters: never[]) => Promise<unknown>;

/** Carries out a plan for one call. */
export type Execute<P extends Plan> = (
  engine: Engine,
  plan: P,
  instance: unknown,
  original: Original,
  parameters: never[],
) => Promise<unknown>;

/**
 * Replaces a method by one that carries out the plan, and asks Nest to inject the engine into the instances of its class
 * (property injection reaches controllers, providers and gateways of every scope, and is inherited). An instance that Nest
 * did not make has no engine: there the method just runs.
 */
export function weave<P extends Plan>(
  target: object,
  descriptor: PropertyDescriptor,
  plan: P,
  execute: Execute<P>,
): void {
  const original = descriptor.value as Original;
  if (typeof original !== 'function' || typeof target === 'function') {
    throw new LarderDecoratorError(
      `A cache decorator stands on ${String(plan.property)}, which is no method of an instance. ` +
        'Put it on a method that is neither static nor an accessor.',
    );
  }
  const woven = function (this: Woven, ...parameters: never[]): Promise<unknown> {
    const engine = this?.[ENGINE];
    if (engine === undefined) return original.apply(this, parameters);
    return execute(engine, plan, this, original, parameters);
  };
  keepIdentity(original, woven);
  descriptor.value = woven;
  addPlan(target, plan);
  Inject(Engine)(target, ENGINE);
  Inject(HttpCaching)(target, HTTP);
}

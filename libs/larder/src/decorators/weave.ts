import { Inject } from '@nestjs/common';
import { LarderDecoratorError } from '../base/errors.js';
import { Engine } from '../cache/engine.js';
import { keepIdentity } from '../nest/copy-metadata.js';
import { addPlan, type Original, type Plan } from './plan.js';
import { RouteHandler } from './route-handler.js';

/** Where Nest puts the engine into every instance whose class has a decorated method. */
export const ENGINE = Symbol('Larder engine');
/** And what answers the requests that reach it. */
export const ROUTE_HANDLER = Symbol('Larder route handler');

export type Woven = { [ENGINE]?: Engine; [ROUTE_HANDLER]?: RouteHandler };

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
  Inject(RouteHandler)(target, ROUTE_HANDLER);
}

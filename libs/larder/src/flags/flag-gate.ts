import { Inject, UseGuards } from '@nestjs/common';
import { RELEASE } from '../base/package/copies.js';
import { checkPlacement } from '../base/placement.js';
import { copyMetadata } from '../nest/copy-metadata.js';
import { FlagGuard } from './flag.guard.js';
import type { FlagName } from './flag-options.js';
import { Flags } from './flags.js';
import { addGate, gatesOf } from './gate-metadata.js';

/** The property into which Nest injects the flags of every class with a gate. */
export const FLAGS = Symbol.for(`${RELEASE} flags`);

export type Gated = { [FLAGS]?: Flags };
type GatedMethod = (this: Gated, ...parameters: never[]) => unknown;

/**
 * Enables a class, or one method, only while a flag is on. While it is off, methods do nothing and return `undefined` (async
 * methods a promise of it), lifecycle hooks included. A route answers 404, a gateway refuses messages with an error event, and a
 * `@Job` is not registered. The gate has no effect on an instance that Nest did not make.
 *
 * @example
 * ```ts
 * @FlagGate('BACKGROUND_BROADCASTING')
 * @Injectable()
 * export class Announcements implements OnApplicationBootstrap {
 *   onApplicationBootstrap(): void {
 *     setInterval(() => this.announce(), 5_000);
 *   }
 *   announce(): void {}
 * }
 * ```
 */
export function FlagGate(flag: FlagName): ClassDecorator & MethodDecorator {
  return (target: object, property?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (property !== undefined) {
      checkPlacement('FlagGate', target, property, descriptor);
      gate(target, descriptor as PropertyDescriptor, flag);
      UseGuards(FlagGuard)(target, property, descriptor as PropertyDescriptor);
      return;
    }
    const { prototype } = target as { prototype: object };
    for (const name of Reflect.ownKeys(prototype)) {
      const own = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
      if (name === 'constructor' || typeof own.value !== 'function') continue;
      gate(prototype, own, flag);
      Object.defineProperty(prototype, name, own);
    }
    UseGuards(FlagGuard)(target as new () => unknown);
  };
}

function gate(prototype: object, descriptor: PropertyDescriptor, flag: FlagName): void {
  const original = descriptor.value as GatedMethod;
  const isAsync = original.constructor.name === 'AsyncFunction';
  const gated: GatedMethod = function (...parameters) {
    const isOpen = this?.[FLAGS]?.isEnabled(flag) ?? true;
    if (isOpen) return original.apply(this, parameters);
    return isAsync ? Promise.resolve() : undefined;
  };
  copyMetadata(original, gated);
  addGate(gated, flag);
  descriptor.value = gated;
  if (gatesOf(prototype).length === 0) Inject(Flags)(prototype, FLAGS);
  addGate(prototype, flag);
}

import 'reflect-metadata';
import type { FlagName } from './flag-options.js';

const GATES = 'larder:flag-gates';

/** The flags of a method's own gates and those of its class, which must all be on; for a prototype, the flags of all its methods. */
export function gatesOf(method: object): readonly FlagName[] {
  return (Reflect.getMetadata(GATES, method) as readonly FlagName[] | undefined) ?? [];
}

export function addGate(method: object, flag: FlagName): void {
  Reflect.defineMetadata(GATES, [...gatesOf(method), flag], method);
}

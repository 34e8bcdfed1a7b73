import 'reflect-metadata';
import type { FlagName } from './flag-options.js';

const GATES = 'larder:flag-gates';

/** The flags that all must be on for a method to run, its own gates and those of its class; or those of any method of a prototype. */
export function gatesOf(method: object): readonly FlagName[] {
  return (Reflect.getMetadata(GATES, method) as readonly FlagName[] | undefined) ?? [];
}

export function addGate(method: object, flag: FlagName): void {
  Reflect.defineMetadata(GATES, [...gatesOf(method), flag], method);
}

import type { Engine } from '../cache/engine.js';
import { LarderKeyError } from '../errors.js';
import type { Key } from '../keys/key.js';
import type { Plan } from './plan.js';

/** @throws LarderKeyError naming the method */
export function pathOf(engine: Engine, key: Key, plan: Plan): string {
  try {
    return engine.parts.paths.encode(key);
  } catch (error) {
    throw error instanceof LarderKeyError ? error.of(plan.name()) : error;
  }
}

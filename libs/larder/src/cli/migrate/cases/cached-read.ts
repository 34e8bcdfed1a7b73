import type { Node } from 'ts-morph';
import { is } from '../code/node-kind.js';
import type { TextEdits } from '../code/text-edits.js';
import type { CacheCall } from './cache-calls.js';

/** Which stored values it returns: those for which `if (value)` is true, all but null and undefined, or all but undefined. */
export type Served = 'truthy' | 'present' | 'defined';

/** What a method does around its cache. */
export interface CachedRead {
  readonly key: Node;
  readonly ttl: Node | undefined;
  readonly calls: readonly CacheCall[];
  readonly serves: Served;
  readonly kept: Node | undefined;
  write(edits: TextEdits): void;
}

/** The TTL of a call, which may stand in an object as its only option. */
export function ttlOf(given: Node | undefined): Node | undefined | 'unknown' {
  if (given === undefined || given.getText() === 'undefined') return undefined;
  if (is(given, 'ObjectLiteralExpression')) {
    const [only, ...others] = given.getProperties();
    if (others.length > 0 || !is(only, 'PropertyAssignment') || only.getName() !== 'ttl') return 'unknown';
    return only.getInitializerOrThrow();
  }
  return given.getType().isNumber() || given.getType().isNumberLiteral() ? given : 'unknown';
}

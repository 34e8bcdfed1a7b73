import { inspect } from 'node:util';
import type { Way } from './candidates.js';

/** Values that applications cache and JSON cannot represent. */
const EXAMPLES: Readonly<Record<string, () => unknown>> = {
  Date: () => new Date(1.7e12),
  'invalid Date': () => new Date(Number.NaN),
  'Map and Set': () => new Map([[{ key: 1 }, new Set([1, 'a'])]]),
  bigint: () => [1n, -(2n ** 200n)],
  Buffer: () => Buffer.from('abc'),
  'typed arrays': () => [new Float64Array([1.5]), new BigInt64Array([-1n]), new Uint8Array([1]).buffer],
  'undefined members': () => ({ a: undefined, b: [undefined] }),
  'NaN and -0': () => [Number.NaN, -0, Number.POSITIVE_INFINITY],
  'half a surrogate pair': () => 'a\ud800',
  'members named __proto__': () => JSON.parse('{"__proto__": {"a": 1}}'),
  'no prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'missing elements': () => Object.assign([], { length: 2 }),
  errors: () => Object.assign(new TypeError('x', { cause: new Error('y') }), { code: 7 }),
};

function survives({ encode, decode }: Way, example: () => unknown): boolean {
  const value = example();
  try {
    return seen(decode(Buffer.from(encode(value)))) === seen(value);
  } catch {
    return false;
  }
}

function seen(value: unknown): string {
  return inspect(value, { depth: null });
}

/** For each kind of value, the codecs that restore it unchanged. */
export function fidelity(ways: readonly Way[]): string[][] {
  return Object.entries(EXAMPLES).map(([kind, example]) => [
    kind,
    ...ways.map((way) => (survives(way, example) ? 'yes' : '–')),
  ]);
}

// Sizes in V8 on a 64-bit machine without pointer compression, as in official builds of Node. `bench/heap.ts` compares them
// with the real heap.
const WORD = 8;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of one-byte strings begins at zero
const ONE_BYTE = /^[\u0000-\u00ff]*$/;

/** Up to this length a loop is faster than the expression. */
const MAX_LOOPED = 32;

/** Bytes of a string: two per UTF-16 unit as soon as one unit needs them. */
export function textBytes(text: string): number {
  return 2 * WORD + align(isOneByte(text) ? text.length : text.length * 2);
}

function isOneByte(text: string): boolean {
  if (text.length > MAX_LOOPED) return ONE_BYTE.test(text);
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0xff) return false;
  return true;
}

/** Bytes of a number besides the slot that holds it: none for a small integer. */
export function numberBytes(value: number): number {
  return (value | 0) === value ? 0 : 2 * WORD;
}

/** Bytes of an object or array with this many members, without the values. */
export function memberBytes(count: number, isArray: boolean): number {
  return (isArray ? 6 : 3) * WORD + WORD * count;
}

/** Between the 12 words of V8 in Node 24 and the 14 before it. */
export function dateBytes(): number {
  return 13 * WORD;
}

export function binaryBytes(length: number): number {
  return 24 * WORD + align(length);
}

/**
 * Bytes of a Map (three words per element) or a Set (two): capacities are powers of two, with one bucket per two elements.
 */
export function tableBytes(size: number, words: 2 | 3): number {
  const capacity = Math.max(4, 2 ** Math.ceil(Math.log2(size + 1)));
  return 12 * WORD + WORD * (capacity * words + capacity / 2);
}

function align(bytes: number): number {
  return (bytes + WORD - 1) & -WORD;
}

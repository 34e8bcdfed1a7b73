// What V8 takes on a 64-bit machine without pointer compression, as Node is built: `bench/heap.ts` holds these figures
// against the real heap.
const WORD = 8;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of one-byte strings begins at zero
const ONE_BYTE = /^[\u0000-\u00ff]*$/;

/** Bytes of a string: two a unit as soon as one unit needs them. */
export function textBytes(text: string): number {
  const unit = ONE_BYTE.test(text) ? 1 : 2;
  return 2 * WORD + align(text.length * unit);
}

/** Bytes of a number beyond the slot that holds it: none for a small integer. */
export function numberBytes(value: number): number {
  return (value | 0) === value ? 0 : 2 * WORD;
}

/** Bytes of an object or an array with so many members, without what they hold. */
export function memberBytes(count: number, isArray: boolean): number {
  return (isArray ? 6 : 3) * WORD + WORD * count;
}

/** Between what V8 takes in Node 24, 12 words, and before it, 14. */
export function dateBytes(): number {
  return 13 * WORD;
}

export function binaryBytes(length: number): number {
  return 24 * WORD + align(length);
}

/** Bytes of a Map (three words an element) or Set (two): capacities are powers of two, with a bucket for two elements. */
export function tableBytes(size: number, words: 2 | 3): number {
  const capacity = Math.max(4, 2 ** Math.ceil(Math.log2(size + 1)));
  return 12 * WORD + WORD * (capacity * words + capacity / 2);
}

function align(bytes: number): number {
  return (bytes + WORD - 1) & -WORD;
}

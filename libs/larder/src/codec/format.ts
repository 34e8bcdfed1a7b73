/**
 * The format of a value: the version, then the texts of the whole value in one piece, then its structure. The structure has
 * only the lengths of texts, which are in order of use, so one conversion decodes all texts, and each text is a slice.
 *  u8     version of this format
 *  u8     encoding of the texts
 *  u32    bytes of the texts, little-endian, like every number here
 *  bytes  the texts
 *  bytes  the structure: tags, each followed by its data
 *
 * Objects with the same members share a shape: the first one lists the names of the members, the others its number.
 */
export const FORMAT = 1;
export const HEAD_BYTES = 6;

export const ENCODINGS = ['latin1', 'utf8', 'utf16le'] as const;

/** The tags of the structure. Counts and lengths are varints: seven bits per byte, lowest first. */
export const Tag = {
  null: 0,
  undefined: 1,
  true: 2,
  false: 3,
  /** A whole number of 32 bits, zigzag, as a varint. */
  int: 4,
  double: 5,
  /** A length; the text is the next one. */
  text: 6,
  array: 7,
  /** The number of members, the lengths of their names, their values. */
  newShape: 8,
  /** The number of a shape, then the values. */
  knownShape: 9,
  /** Like `newShape`, for an object without prototype. */
  newBareShape: 10,
  date: 11,
  map: 12,
  set: 13,
  /** A sign, then hexadecimal digits as a text. */
  bigint: 14,
  buffer: 15,
  /** An index in {@link VIEWS}, a length, bytes. */
  view: 16,
  arrayBuffer: 17,
  /** A missing element of a sparse array. */
  hole: 18,
  /** The name of a class, then as `newShape`. */
  newInstanceShape: 19,
  /** An instance whose class has a rule: the name of the class, then the stored state. */
  kept: 20,
  /** The index of a built-in error, or 255 and the name of a class; then hidden and enumerable members, an object each. */
  error: 21,
} as const;

/** Whole numbers below 64 have a tag of their own. */
export const SMALL_INT = 64;
/** Texts of less than 128 units have a tag of their own. */
export const SHORT_TEXT = 128;

/** In place of the index of a built-in error. */
export const ERROR_OF_CLASS = 255;

/** The classes of binary data. The index of each is part of the stored format: never reorder them. */
export const VIEWS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const;

/** The deepest nesting that is written or read. */
export const MAX_DEPTH = 600;

/** An object met in several places is written each time, so a value may take many more bytes than memory. */
export const MAX_BYTES = 16 * 1024 * 1024;

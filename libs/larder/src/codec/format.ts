/**
 * How a value lies in bytes. First the format's version, then the texts of the whole value in one piece, then its structure,
 * which names texts by their length alone: they come in the order in which they are used. One conversion makes all texts,
 * and each is a piece of it.
 *
 *  u8     version of this format
 *  u8     how the texts are encoded
 *  u32    bytes of the texts, little-endian, like every number here
 *  bytes  the texts
 *  bytes  the structure: a tag, then what belongs to it
 *
 * Objects with the same members have a shape in common: the first that has it names the members, the others its number.
 */
export const FORMAT = 1;
export const HEAD_BYTES = 6;

export const ENCODINGS = ['latin1', 'utf8', 'utf16le'] as const;

/** What comes next in the structure. Counts and lengths are varints: seven bits a byte, the lowest first. */
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
  /** The members' count, the lengths of their names, their values. */
  newShape: 8,
  /** The number of a shape, the values. */
  knownShape: 9,
  /** Like `newShape`, and its object has no prototype. */
  newBareShape: 10,
  date: 11,
  map: 12,
  set: 13,
  /** A sign, and hexadecimal digits as a text. */
  bigint: 14,
  buffer: 15,
  /** Which of {@link VIEWS}, a length, bytes. */
  view: 16,
  arrayBuffer: 17,
  /** An element that an array does not have. */
  hole: 18,
  /** The class's name, then as `newShape`. */
  newInstanceShape: 19,
  /** Of a class with a rule: its name, what is stored of it. */
  kept: 20,
  /** Its number, or 255 and the name of its class; the members it hides and those it shows, as an object each. */
  error: 21,
} as const;

/** Whole numbers below 64 are a tag of their own. */
export const SMALL_INT = 64;
/** Texts of less than 128 units too. */
export const SHORT_TEXT = 128;

/** Instead of the number of an error of the language. */
export const ERROR_OF_CLASS = 255;

/** The classes of binary data; their numbers are kept for ever. */
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

/** A value nested deeper is neither written nor read. */
export const MAX_DEPTH = 600;

/** Something met in many places of a value is written each time, so the bytes can be many more than the value took. */
export const MAX_BYTES = 16 * 1024 * 1024;

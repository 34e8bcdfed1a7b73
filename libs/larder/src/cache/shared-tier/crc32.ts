import zlib from 'node:zlib';

const POLYNOMIAL = 0xedb88320;
const TABLE = newTable();

/**
 * The CRC-32 of a text in UTF-8 or of bytes, as in gzip.
 *
 * @param value the CRC of the bytes before
 */
// Node has it from 20.15 and 22.2 on; the engines field also allows 21.x and 22.0.
export const crc32: (data: string | Uint8Array, value?: number) => number = zlib.crc32 ?? crc32OfTable(TABLE);

/** Up to this length JavaScript is faster than a call of zlib. */
const MAX_SHORT = 32;

/** The CRC-32 of a text, as by {@link crc32}. */
export function crc32OfText(text: string): number {
  return text.length <= MAX_SHORT ? (crc32OfAscii(text) ?? crc32(text)) : crc32(text);
}

/** `undefined` for a text with other characters. */
function crc32OfAscii(text: string): number | undefined {
  let crc = ~0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return undefined;
    crc = (crc >>> 8) ^ (TABLE[(crc ^ unit) & 0xff] as number);
  }
  return ~crc >>> 0;
}

/** The same in JavaScript, at least ten times slower. */
export function crc32OfTable(table: Uint32Array): (data: string | Uint8Array, value?: number) => number {
  return (data, value = 0) => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    let crc = ~value;
    for (let at = 0; at < bytes.length; at++) {
      crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number);
    }
    return ~crc >>> 0;
  };
}

export function newTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
}

import { expect, it } from '@jest/globals';
import { crc32, crc32OfTable, crc32OfText, newTable } from './crc32.js';

it.each([
  ['by Node', crc32],
  ['by a table', crc32OfTable(newTable())],
])('computes the CRC-32 of gzip, %s, in one step or in several', (_, crc) => {
  expect(crc('123456789')).toBe(0xcbf43926);
  expect(crc('')).toBe(0);
  expect(crc(Buffer.from('6789'), crc('12345'))).toBe(0xcbf43926);
  expect(crc('Zürich')).toBe(crc(Buffer.from('Zürich')));
});

it.each(['', 'items:1', 'venues:Zürich', 'x'.repeat(32), 'x'.repeat(33), 'é'.repeat(40)])(
  'computes the same CRC-32 of a short text without a call of zlib: %s',
  (text) => expect(crc32OfText(text)).toBe(crc32(text)),
);

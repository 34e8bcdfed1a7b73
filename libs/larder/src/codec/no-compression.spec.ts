import { expect, it } from '@jest/globals';
import { CompressionMethod } from '../cache/shared-tier/compression.js';
import { NoCompression } from './no-compression.js';
import { ZlibCompression } from './zlib-compression.js';

const text = new TextEncoder().encode('a list that repeats itself, '.repeat(200));

it('leaves bytes as they are, and reads bytes that other processes have compressed', async () => {
  const zlib = new ZlibCompression();
  const none = new NoCompression(zlib);
  expect(none.compress(text)).toEqual({ method: CompressionMethod.none, bytes: text });
  const { method, bytes } = await zlib.compress(text);
  expect(bytes.length).toBeLessThan(text.length / 2);
  expect(Buffer.from(await none.expand(method, bytes, 0))).toEqual(Buffer.from(text));
});

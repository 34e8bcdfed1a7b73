import * as zlib from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { CompressionMethod, type Packed } from '../cache/shared-tier/compression.js';
import { ValueCodec } from './value-codec.js';
import { ZlibCompression } from './zlib-compression.js';

// Zstandard compresses a gigabyte of zeros to 10 KB, deflate to a megabyte.
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };
const squeeze = zstdCompressSync ?? zlib.deflateRawSync;
const METHOD = zstdCompressSync === undefined ? CompressionMethod.deflate : CompressionMethod.zstd;

const compression = new ZlibCompression();
const KB = 1024;

/** Typical data of applications: words, numbers, times, and random ids. */
function tournaments(count: number) {
  const names = ['Spring Masters', 'City League', 'Friday Night Eight Ball', 'Nine Ball Open', 'Doubles Classic'];
  return Array.from({ length: count }, (_, n) => ({
    id: crypto.randomUUID(),
    venueId: crypto.randomUUID(),
    name: `${names[n % names.length]} ${2000 + n}`,
    status: n % 3 === 0 ? 'open' : 'running',
    entryFee: 500 * (n % 7),
    startsAt: new Date(1.76e12 + n * 3.6e6).toISOString(),
    description: 'Race to five, winner breaks. Bring your own cue; house cues can be had at the bar.',
  }));
}

function encoded(value: unknown): Uint8Array {
  return new ValueCodec().encode(value);
}

async function expanded({ method, bytes }: Packed): Promise<Uint8Array> {
  return compression.expand(method, Buffer.concat([Buffer.from('before'), bytes]), 6);
}

/** A bomb: bytes that claim one length and expand to another. */
function bomb(says: number, expandsTo: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(says, 0);
  return Buffer.concat([head, squeeze(Buffer.alloc(expandsTo))]);
}

describe('ZlibCompression', () => {
  it.each([0, 1, 200, 16 * KB, 16 * KB + 1, 128 * KB, 128 * KB + 1, 2048 * KB])(
    'returns %i bytes unchanged',
    async (length) => {
      const bytes = Buffer.alloc(length, 'a text that comes again and again, ');
      const packed = await compression.compress(bytes);
      if (length >= 200) expect(packed.bytes.length).toBeLessThan(length / 2);
      if (packed.method !== CompressionMethod.none) expect(Buffer.compare(await expanded(packed), bytes)).toBe(0);
      else expect(packed.bytes).toEqual(bytes);
    },
  );

  it('takes at least 60 % off a list of 50 tournaments', async () => {
    const bytes = encoded(tournaments(50));
    const packed = await compression.compress(bytes);
    expect(packed.bytes.length).toBeLessThan(0.4 * bytes.length);
  });

  it('leaves bytes that do not get smaller as they are', async () => {
    for (const length of [2 * KB, 100 * KB]) {
      const noise = crypto.getRandomValues(new Uint8Array(length % 65_536));
      expect(await compression.compress(noise)).toEqual({ method: CompressionMethod.none, bytes: noise });
    }
  });

  it('compresses large values in another thread, and small ones at once', async () => {
    const large = Buffer.alloc(300 * KB, 'large');
    const packed = compression.compress(large);
    expect(packed).toBeInstanceOf(Promise);
    expect(compression.compress(large.subarray(0, 10 * KB))).not.toBeInstanceOf(Promise);
    await packed;
  });

  it.each([
    ['claims more than the largest value', 2 ** 30, 1],
    ['claims more than 16 MB', 16 * KB * KB + 1, 1],
    ['expands to more than it claims', 100, 10_000],
    ['expands to less than it claims', 10_000, 100],
    ['expands to less than it claims, and is large', 1_000_000, 100],
  ])('rejects a value that %s', async (_, says, expandsTo) => {
    await expect(async () => compression.expand(METHOD, bomb(says, expandsTo), 0)).rejects.toThrow();
  });

  it('rejects a value that expands to a gigabyte without allocating it', async () => {
    const options = { finishFlush: zlib.constants.Z_FULL_FLUSH };
    const megabyte = zlib.deflateRawSync(Buffer.alloc(KB * KB), options);
    const bytes = Buffer.concat([bomb(16 * KB * KB, 0).subarray(0, 4), ...Array(1024).fill(megabyte)]);
    // The peak of the process, in KB.
    const before = process.resourceUsage().maxRSS;
    await expect(async () => compression.expand(CompressionMethod.deflate, bytes, 0)).rejects.toThrow();
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * KB);
  });

  it('rejects bytes that are cut off, not compressed, or of an unknown method', async () => {
    const packed = await compression.compress(encoded(tournaments(20)));
    for (const length of [0, 3, 4, 5, packed.bytes.length - 1]) {
      await expect(async () =>
        compression.expand(packed.method, packed.bytes.subarray(0, length), 0),
      ).rejects.toThrow();
    }
    await expect(async () =>
      compression.expand(CompressionMethod.deflate, Buffer.from('nothing of the kind'), 0),
    ).rejects.toThrow();
    await expect(async () => compression.expand(99, packed.bytes, 0)).rejects.toThrow('method 99');
  });

  it('reads values that other processes compressed, with or without Zstandard', async () => {
    const bytes = Buffer.alloc(64 * KB, 'a list, a list, another list; ');
    const withoutZstd = await new ZlibCompression({}).compress(bytes);
    expect(withoutZstd.method).toBe(CompressionMethod.deflate);
    expect(Buffer.compare(await expanded(withoutZstd), bytes)).toBe(0);
    const packed = await compression.compress(bytes);
    expect(packed.method).toBe(METHOD);
    expect(() => new ZlibCompression({}).expand(CompressionMethod.zstd, packed.bytes, 0)).toThrow('method 2');
  });
});

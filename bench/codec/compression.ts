import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { timeInRounds } from '../measure/rounds.js';
import { speedOf } from '../measure/timings.js';
import { ZlibCompression } from './larder-codec.js';

/** Larder's compression settings. */
const LEVEL = 3;
const STEPS = Array.from({ length: 50 }, (_, index) => index);
const ROUNDS = 30;

/** The speed of Larder's compression on the main thread relative to bare `node:zlib`, round trip. */
export async function compressionSpeeds(bytes: Buffer): Promise<{ readonly there: number; readonly back: number }> {
  const compression = new ZlibCompression();
  const packed = await compression.compress(bytes);
  const bare = deflateRawSync(bytes, { level: LEVEL });
  const every = (work: () => unknown) => async (steps: readonly number[]) => {
    for (const _ of steps) {
      const done = work();
      if (done instanceof Promise) await done;
    }
  };
  const options = { rounds: ROUNDS, steps: STEPS, slice: 10 };
  const there = await timeInRounds(
    [
      { name: 'zlib', run: every(() => deflateRawSync(bytes, { level: LEVEL })) },
      { name: 'larder', run: every(() => compression.compress(bytes)) },
    ],
    options,
  );
  const back = await timeInRounds(
    [
      { name: 'zlib', run: every(() => inflateRawSync(bare)) },
      { name: 'larder', run: every(() => compression.expand(packed.method, packed.bytes, 0)) },
    ],
    options,
  );
  return { there: speedOf('larder', 'zlib', there), back: speedOf('larder', 'zlib', back) };
}

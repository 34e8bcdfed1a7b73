import { setImmediate } from 'node:timers/promises';

/** Bytes in use on the heap and in array buffers, after a garbage collection. */
export async function bytesInUse(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('Run this with `node --expose-gc`.');
  for (let time = 0; time < 4; time++) {
    await setImmediate();
    globalThis.gc();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

import { createCache } from 'nest-larder';
import { bytesInUse } from './gauge.js';

const ENTRIES = 1_000;

/** Bytes by which the heap grew while a thousand entries were stored repeatedly. */
export async function growthByRewriting(writes: number): Promise<number> {
  const cache = await createCache();
  const rewrite = async (times: number) => {
    for (let write = 0; write < times; write++) await cache.set(['rates', write % ENTRIES], { rate: write });
  };
  await rewrite(10 * ENTRIES);
  const before = await bytesInUse();
  await rewrite(writes);
  const after = await bytesInUse();
  await cache.close();
  return after - before;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { REPOSITORY } from '../support/program.js';

const ENTRIES = 2000;
const DATES = 100;

/** Fills a cache with lists of Dates, and prints its estimate and the growth of the heap. */
const FILL = `
import { setImmediate } from 'node:timers/promises';
import { createCache } from 'nest-larder';

async function heap() {
  for (let time = 0; time < 4; time++) {
    await setImmediate();
    gc();
  }
  return process.memoryUsage().heapUsed;
}
const value = (entry) => Array.from({ length: ${DATES} }, (_, at) => new Date(1_700_000_000_000 + entry * 1000 + at));

const cache = await createCache({ maxBytes: '1gb' });
// What the first entries bring, such as hidden classes and compiled code, is no part of later ones.
for (let entry = 0; entry < 100; entry++) await cache.getOrLoad(['before', String(entry)], () => value(entry), { ttl: '10m' });
const [before, known] = [await heap(), cache.stats().bytes];
for (let entry = 0; entry < ${ENTRIES}; entry++) {
  await cache.getOrLoad(['dates', String(entry)], () => value(entry), { ttl: '10m' });
}
console.log(JSON.stringify({ growth: (await heap()) - before, estimate: cache.stats().bytes - known }));
await cache.close();
`;

it('the estimated size of entries of Dates is within 10 % of the heap that they take', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--no-warnings', '--input-type=module', '--eval', FILL],
    { cwd: REPOSITORY },
  );
  const { growth, estimate } = JSON.parse(stdout) as { growth: number; estimate: number };
  expect(estimate).toBeGreaterThan(ENTRIES * DATES * 50);
  expect(growth / estimate).toBeGreaterThan(0.9);
  expect(growth / estimate).toBeLessThan(1.1);
});

import { FILLINGS, type Way } from './fill.js';
import type { Kind } from './values.js';

// One measurement per process, so that earlier ones leave nothing on the heap.

const [way, kind, count] = process.argv.slice(2) as [Way, Kind, string];
// The first fill compiles code and creates hidden classes, which stay.
await FILLINGS[way](kind, 2_000);
process.send?.(await FILLINGS[way](kind, Number(count)));
process.exit();

import { FILLINGS, type Way } from './fill.js';
import type { Kind } from './values.js';

// One measurement in a process of its own, so that nothing of an earlier one is still on the heap.

const [way, kind, count] = process.argv.slice(2) as [Way, Kind, string];
// The first time compiles code and makes hidden classes, which stay.
await FILLINGS[way](kind, 2_000);
process.send?.(await FILLINGS[way](kind, Number(count)));
process.exit();

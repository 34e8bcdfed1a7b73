import { printable } from '../text.js';

const WIDTH = 24;
const MAX_NAME = 40;

/** A line such as `tournaments [######······] 12/24`. */
export function progressBar(name: string, done: number, total: number): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
  const filled = Math.floor(WIDTH * share);
  return `${printable(name).slice(0, MAX_NAME)} [${'#'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${done}/${total}`;
}

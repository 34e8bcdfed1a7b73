import type { Load } from './load.js';
import type { Policy } from './policy.js';

/** A value that can be fetched: where it belongs, how it is loaded and how it is kept. */
export interface Call {
  readonly path: string;
  readonly load: Load;
  readonly policy: Policy;
}

import type { Entry } from './entry.js';

/** How one read came to its value, for a caller that has to tell. The cache writes it while the read goes on. */
export interface Outcome {
  /** `stored`: from memory or the shared tier; `joined`: from a load under way; `loaded`: from a load of its own. */
  came: 'stored' | 'joined' | 'loaded';
  /** What holds the value, where the read saw it itself. */
  entry?: Entry | undefined;
}

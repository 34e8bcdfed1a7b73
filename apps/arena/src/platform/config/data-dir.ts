import { fileURLToPath } from 'node:url';

/** Where the embedded PostgreSQL keeps its data unless `ARENA_DATA_DIR` says otherwise. */
export const DEFAULT_DATA_DIR = fileURLToPath(new URL('../../../.data', import.meta.url));

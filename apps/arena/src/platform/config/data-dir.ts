import { fileURLToPath } from 'node:url';

/** The default folder for the data of the embedded PostgreSQL. */
export const DEFAULT_DATA_DIR = fileURLToPath(new URL('../../../.data', import.meta.url));

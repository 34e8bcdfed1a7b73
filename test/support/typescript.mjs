// Runs the TypeScript of this folder in plain Node: `node --import ./test/chaos/typescript.mjs test/chaos/history.ts`.
// Nothing has to be compiled first, and children of a test run the same files as the test; only the library itself is the
// built one, as an application would have it.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);

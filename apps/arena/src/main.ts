import 'reflect-metadata';
import { startArena } from './arena.js';
import { readOptions } from './options/arena-options.js';
import { loadEnvFile } from './options/env-file.js';
import { urlOf } from './start/listen.js';
import { StartProblem } from './start/start-problem.js';
import { stopOnSignals } from './start/stop-on-signals.js';

try {
  loadEnvFile();
  const starting = startArena(await readOptions(process.env));
  const asked = stopOnSignals(async () => (await starting).close());
  const app = await starting;
  if (!asked.aborted) console.log(`Arena is ready at ${urlOf(app)}`);
} catch (error) {
  console.error(error instanceof StartProblem ? error.message : error);
  process.exit(1);
}

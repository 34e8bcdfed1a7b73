import 'reflect-metadata';
import { startArena } from './arena.js';
import { readOptions } from './arena-options.js';
import { loadEnvFile } from './platform/config/env-file.js';
import { urlOf } from './platform/lifecycle/listen.js';
import { StartProblem } from './platform/lifecycle/start-problem.js';
import { stopOnSignals } from './platform/lifecycle/stop-on-signals.js';

try {
  loadEnvFile();
  const starting = startArena(await readOptions(process.env), {}, console.log);
  const asked = stopOnSignals(async () => (await starting).close());
  const app = await starting;
  if (!asked.aborted) console.log(`Arena is ready at ${urlOf(app)}`);
} catch (error) {
  console.error(error instanceof StartProblem ? error.message : error);
  process.exit(1);
}

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Every benchmark, with the options of node that it needs. */
const BENCHES: Readonly<Record<string, readonly string[]>> = {
  'memory-hit': [],
  'key-shapes': [],
  audit: [],
  // Takes paths of traces.
  adviser: ['--expose-gc'],
  dashboard: [],
  warming: [],
  opentelemetry: [],
  heap: ['--expose-gc'],
  invalidation: ['--max-old-space-size=8192'],
  eviction: [],
  codec: [],
  'redis-hit': [],
  'redis-store': [],
  'redis-clients': [],
  'redis-invalidation': [],
  stampede: [],
  counters: [],
  deadlines: [],
  'live-queries': [],
  http: [],
  'change-feed': ['--no-warnings', '--expose-gc'],
  dependencies: ['--no-warnings'],
  paths: [],
  // Arena's methods warn that they run without their cache.
  precision: ['--no-warnings'],
  load: [],
  journal: [],
  // Needs the folder of another checkout.
  compare: [],
};

// Names of benchmarks come first; the arguments after them go to the benchmarks, such as `--check`.
const given = process.argv.slice(2);
const named = given.filter((name) => name in BENCHES);
const rest = given.filter((name) => !(name in BENCHES));
if (named.length === 0 && rest.some((argument) => !argument.startsWith('--'))) {
  console.error(`There is no benchmark ${rest.join(' ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(1);
}

const all = Object.keys(BENCHES).filter((name) => name !== 'compare');
for (const name of named.length > 0 ? named : all) {
  const program = fileURLToPath(new URL(`${name}/index.js`, import.meta.url));
  const { status } = spawnSync(process.execPath, [...(BENCHES[name] ?? []), program, ...rest], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

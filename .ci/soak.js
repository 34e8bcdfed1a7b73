// The specs of `npm test` that take a scale, at full scale: about 45 minutes. `npm run test:soak`; paths after `--` choose specs.
import { spawnSync } from 'node:child_process';

const MORE = {
  LARDER_TEST_BROADCASTS: '10000',
  LARDER_TEST_CLIENTS: '200',
  LARDER_TEST_COMPARISONS: '100000',
  LARDER_TEST_COUNTER_ADDS: '200000',
  LARDER_TEST_HISTORY_SECONDS: '60',
  LARDER_TEST_JOB_KILLS: '10',
  LARDER_TEST_REFRESH_KILLS: '5',
  LARDER_TEST_START_KILLS: '2',
  LARDER_TEST_WORKING_HOURS: '8',
};
const SPECS = [
  'test/integration/dependencies/history.spec.ts',
  'test/integration/dependencies/proof.spec.ts',
  'test/integration/jobs',
  'test/integration/realtime',
  'test/integration/redis/history.spec.ts',
  'test/e2e/first-start.spec.ts',
  'test/e2e/fleet/integrations.spec.ts',
  'test/e2e/working-day.spec.ts',
];

const chosen = process.argv.slice(2);
run('npm', ['run', 'jest', '--', '-w', '1', ...(chosen.length > 0 ? chosen : SPECS)]);
if (chosen.length === 0) {
  run('npm', ['run', 'faults', '--', '--audit', '0.1']);
  run('npm', ['run', 'audited-specs']);
  run('npm', ['run', 'forgotten-targets']);
}

function run(program, args) {
  const env = { ...process.env, ...MORE };
  const { status } = spawnSync(program, args, { stdio: 'inherit', env });
  if (status !== 0) process.exitCode = status ?? 1;
}

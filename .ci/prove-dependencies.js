// Compares answers before and after generated changes with what the analysis of queries says of them:
// `npm run prove-dependencies -- --comparisons 1000000 --seed 1`. A run of 100,000 is part of `npm run test:soak`.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { comparisons: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const env = { ...process.env, LARDER_TEST_COMPARISONS: values.comparisons, LARDER_TEST_SEED: values.seed };
const spec = 'test/integration/dependencies/proof.spec.ts';
const { status } = spawnSync('npm', ['run', '--silent', 'jest', '--', '-w', '1', spec], { stdio: 'inherit', env });
process.exitCode = status ?? 1;

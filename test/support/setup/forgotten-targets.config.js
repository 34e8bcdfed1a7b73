import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { project, seeded } from '../../../jest.config.js';

const rootDir = fileURLToPath(new URL('../../..', import.meta.url));
const [pattern, compiler] = Object.entries(project.transform)[0];
const trials = JSON.parse(readFileSync(process.env.LARDER_TEST_TRIALS, 'utf8'));

/** A project for each trial: one spec with one target forgotten. Specs of several trials share the workers and what they compiled. */
export default {
  rootDir,
  projects: trials.map((trial) => ({
    ...project,
    ...seeded,
    rootDir,
    displayName: `trial ${trial.index}`,
    roots: ['<rootDir>/test/e2e'],
    testMatch: [`<rootDir>/${trial.spec}`],
    testRegex: [],
    transform: { [pattern]: ['<rootDir>/test/support/setup/forgetting-transform.js', compiler[1]] },
    testEnvironment: '<rootDir>/test/support/setup/forgetting-environment.js',
    testEnvironmentOptions: { trial },
    setupFilesAfterEnv: ['<rootDir>/test/support/setup/audit-everything.ts'],
  })),
  reporters: [],
  testTimeout: 30_000,
  workerIdleMemoryLimit: '512MB',
};

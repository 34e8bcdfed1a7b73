export const project = {
  testEnvironment: '<rootDir>/test/support/setup/spec-environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  testRegex: '\\.spec\\.ts$',
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^nest-larder$': '<rootDir>/libs/larder/src/index.ts',
    '^nest-larder/(?!package.json)(.*)$': '<rootDir>/libs/larder/src/$1/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/.*/(dist|build)/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          keepClassNames: true,
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

const setup = '<rootDir>/test/support/setup';
export const seeded = { globalSetup: `${setup}/seed-arena.js`, globalTeardown: `${setup}/remove-folders.js` };
// `npm run test:soak` compares every hit of arena's specs with a fresh load.
const audited = process.env.LARDER_TEST_AUDIT === '1' ? { setupFilesAfterEnv: [`${setup}/audit-everything.ts`] } : {};

// Library sources are tested directly (`moduleNameMapper`); what needs a built tree runs the files in dist/.
export default {
  projects: [
    { ...project, displayName: 'unit', roots: ['<rootDir>/libs', '<rootDir>/apps'] },
    {
      ...project,
      displayName: 'parts',
      roots: ['contracts', 'docs', 'integration', 'model', 'package'].map((folder) => `<rootDir>/test/${folder}`),
      globalSetup: `${setup}/share-clusters.js`,
      globalTeardown: `${setup}/remove-folders.js`,
    },
    // The contracts again with the oldest clients that are supported.
    {
      ...project,
      displayName: 'ioredis 5',
      roots: ['<rootDir>/test/contracts'],
      testRegex: '/(redis|cluster)\\.spec\\.ts$',
      moduleNameMapper: { ...project.moduleNameMapper, '^ioredis$': '<rootDir>/node_modules/ioredis5' },
    },
    {
      ...project,
      displayName: 'node-redis 5',
      roots: ['<rootDir>/test/contracts', '<rootDir>/test/integration/redis'],
      testRegex: '/node-redis\\.spec\\.ts$',
      moduleNameMapper: { ...project.moduleNameMapper, '^redis$': '<rootDir>/node_modules/redis5' },
    },
    {
      ...project,
      displayName: 'arena',
      roots: ['<rootDir>/test/e2e', '<rootDir>/test/browser'],
      ...seeded,
      ...audited,
    },
  ],
  testSequencer: `${setup}/longest-first.js`,
  reporters: ['default', `${setup}/slowest-reporter.js`],
  collectCoverageFrom: ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts', '!**/*.spec.ts', '!**/main.ts', '!**/index.ts'],
  coverageProvider: 'babel',
  // Nothing waits for time to pass; this is for slow machines.
  testTimeout: 30_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '512MB',
};

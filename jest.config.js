// Library sources are tested directly (condition `larder-source`); what needs a built tree runs the files in dist/.
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['larder-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test'],
  testRegex: '\\.spec\\.ts$',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
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
  collectCoverageFrom: ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts', '!**/*.spec.ts', '!**/main.ts', '!**/index.ts'],
  coverageProvider: 'babel',
  // Nothing waits for time to pass; this is for slow machines.
  testTimeout: 30_000,
  workerIdleMemoryLimit: '512MB',
};

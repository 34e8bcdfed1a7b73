// The files of a cell's application: its manifest and the configuration of its tools.
const SWC = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
};

const RUNNERS = {
  'ts-jest': { jest: '^30', 'ts-jest': '^29.4' },
  swc: { jest: '^30', '@swc/jest': '^0.2.39', '@swc/core': '^1.16' },
  vitest: { vitest: '~4.1', 'unplugin-swc': '^2', '@swc/core': '^1.16' },
};

/** The files of an application, by name. */
export function filesOf(cell, tarball) {
  const files = {
    'package.json': manifestOf(cell, tarball),
    'tsconfig.json': tsconfig(),
  };
  if (cell.runner === 'vitest') return { ...files, 'vitest.config.mjs': vitestConfig() };
  return { ...files, 'jest.config.json': jestConfig(cell) };
}

/** The test command of a cell: the file that Node runs, and its arguments. */
export function testCommand({ format, runner }) {
  if (runner === 'vitest') return ['node_modules/vitest/vitest.mjs', 'run'];
  const flags = format === 'esm' ? ['--experimental-vm-modules'] : [];
  return [...flags, 'node_modules/jest/bin/jest.js', '--config', 'jest.config.json', '--ci'];
}

function manifestOf({ nest, format, platform, runner, typescript }, tarball) {
  return {
    name: 'application',
    private: true,
    type: format === 'esm' ? 'module' : 'commonjs',
    dependencies: {
      '@nestjs/common': `^${nest}`,
      '@nestjs/core': `^${nest}`,
      [`@nestjs/platform-${platform}`]: `^${nest}`,
      'nest-larder': `file:${tarball}`,
      'reflect-metadata': '^0.2',
      rxjs: '^7.8',
    },
    devDependencies: {
      '@nestjs/testing': `^${nest}`,
      '@types/node': '^20',
      typescript: typescript === '5.7' ? '~5.7.0' : `^${typescript}`,
      ...RUNNERS[runner],
    },
  };
}

/** `skipLibCheck: false` checks the types of the package too, without its optional peers. */
function tsconfig() {
  return {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2023'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      strict: true,
      isolatedModules: true,
      skipLibCheck: false,
      types: ['node'],
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  };
}

function jestConfig({ format, runner }) {
  const isEsm = format === 'esm';
  const transform =
    runner === 'swc'
      ? ['@swc/jest', { ...SWC, module: { type: isEsm ? 'es6' : 'commonjs' } }]
      : ['ts-jest', { useESM: isEsm }];
  return {
    testEnvironment: 'node',
    roots: ['<rootDir>/src'],
    testRegex: '\\.spec\\.ts$',
    transform: { '^.+\\.ts$': transform },
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    ...(isEsm ? { extensionsToTreatAsEsm: ['.ts'] } : {}),
  };
}

function vitestConfig() {
  return `import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [swc.vite(${JSON.stringify({ ...SWC, module: { type: 'es6' } })})],
  test: { globals: true, include: ['src/**/*.spec.ts'] },
});
`;
}

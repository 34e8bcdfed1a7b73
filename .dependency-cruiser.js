// The arrows of the architecture: which folder may import from which. `npm run arrows` checks them; docs/architecture.md
// draws them.
const src = '^libs/larder/src';
const arena = '^apps/arena/src';

const CACHE = ['entries', 'versions', 'stats', 'policy', 'shared-tier', 'state', 'writes', 'reads', 'upkeep'].map(
  (name) => `cache/${name}`,
);
/** A folder below `cache/` may import from those listed before it. */
const cacheFolders = Object.fromEntries(CACHE.map((name, index) => [name, ['base', 'keys', ...CACHE.slice(0, index)]]));

/** Each folder of the library, and the folders it may import from. A folder that is not listed here fails the check. */
const FOLDERS = {
  base: ['base/package'],
  'base/package': ['base'],
  nest: ['base'],
  keys: ['base'],
  options: ['base'],
  flags: ['base', 'nest', 'options'],
  ...cacheFolders,
  cache: ['base', 'keys', ...CACHE],
  codec: ['cache/entries', 'cache/shared-tier'],
  'redis/client': ['base'],
  redis: ['base', 'options', 'redis/client'],
  'redis/batches': ['base', 'redis'],
  'redis-cache': ['base', 'redis', 'cache', ...CACHE],
  decorators: ['base', 'keys', 'nest', 'cache', ...CACHE],
  scope: ['base', 'keys', 'nest', 'cache', ...CACHE, 'decorators'],
  'http/route': ['base', 'keys', 'nest', 'cache', ...CACHE, 'decorators', 'scope'],
  'http/platforms': ['http/route'],
  'http/response': ['base', 'nest', 'cache', ...CACHE, 'decorators', 'http/route', 'http/platforms'],
  'http/fast-lane': ['nest', 'cache', ...CACHE, 'decorators', 'scope', 'http/route', 'http/response'],
  http: [
    'base',
    'keys',
    'nest',
    'cache',
    ...CACHE,
    'decorators',
    'scope',
    'http/route',
    'http/platforms',
    'http/response',
    'http/fast-lane',
  ],
  postgres: ['base'],
  'change-feed/triggers': ['base', 'postgres'],
  'change-feed/cli': ['base', 'change-feed/triggers'],
  'change-feed': ['base', 'options', 'keys', 'postgres', 'cache/state', 'change-feed/triggers'],
  jobs: ['base'],
  'jobs/backends': ['base', 'redis', 'jobs'],
  'jobs/nest': ['base', 'nest', 'flags', 'jobs', 'jobs/backends'],
  'background/counters': ['base', 'redis', 'redis/batches'],
  'background/deadlines': ['base', 'redis', 'redis/batches'],
  background: ['base', 'options', 'redis', 'background/counters', 'background/deadlines'],
  'realtime/live-queries': ['base', 'options', 'keys', 'nest', 'flags', 'cache', ...CACHE, 'decorators'],
  realtime: ['base', 'keys', 'nest', 'redis', 'redis/client', 'realtime/live-queries'],
  client: [],
  config: [
    'base',
    'options',
    'flags',
    'redis',
    'cache',
    ...CACHE,
    'decorators',
    'scope',
    'http',
    'change-feed',
    'jobs',
    'jobs/nest',
    'realtime/live-queries',
  ],
  testing: ['base', 'keys', 'cache', ...CACHE],
  // For what comes: the folder is named, and what it may import.
  health: ['base', 'cache', ...CACHE],
  observability: ['base', 'cache', ...CACHE],
  dashboard: ['base', 'nest', 'cache', ...CACHE, 'health', 'observability'],
  adviser: ['base', 'keys', 'cache', ...CACHE],
  audit: ['base', 'keys', 'cache', ...CACHE],
  dependencies: ['base', 'keys', 'postgres', 'cache', ...CACHE],
  compat: ['base', 'keys', 'nest', 'cache', ...CACHE, 'decorators', 'scope', 'http/route'],
  cli: ['base', 'redis', 'change-feed/triggers'],
  eslint: [],
  schematics: [],
};

const direct = (name) => `${src}/${name}/[^/]+$`;

/** The files of a folder may import each other and those of the folders it lists. Its `index.ts` is an entry point. */
const only = ([name, allowed]) => ({
  name: `${name}-imports-only`,
  comment: `${name}/ may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing else of the library'}.`,
  severity: 'error',
  from: { path: direct(name), pathNot: '\\.spec\\.ts$|/index\\.ts$' },
  to: { path: src, pathNot: [name, ...allowed, ...(allowed.includes('base') ? ['base/package'] : [])].map(direct) },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Files that import each other, types included, cannot be understood one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(FOLDERS).map(only),
    {
      name: 'listed-folders',
      comment: 'Every folder of the library is listed in .dependency-cruiser.js with what it may import.',
      severity: 'error',
      from: { path: `${src}/.+/`, pathNot: Object.keys(FOLDERS).map(direct) },
      to: {},
    },
    {
      name: 'only-redis-knows-the-client',
      comment: 'Another client, or another version of it, must change one folder.',
      severity: 'error',
      from: { path: src, pathNot: `${src}/redis/|\\.spec\\.ts$` },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'only-postgres-knows-the-client',
      comment: 'Applications without the change feed need not have it installed.',
      severity: 'error',
      from: { path: src, pathNot: `${src}/postgres/|\\.spec\\.ts$` },
      to: { path: 'node_modules/(@types/)?pg/' },
    },
    {
      name: 'core-is-pure',
      comment: 'The core knows neither Nest nor any client: it runs in a script.',
      severity: 'error',
      from: { path: `${src}/(keys|cache|redis-cache)/`, pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-peer', 'npm-optional', 'npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'nest-by-its-public-interface',
      comment: 'Files inside a Nest package move without notice.',
      severity: 'error',
      from: { path: src },
      to: { path: 'node_modules/@nestjs/', pathNot: 'node_modules/@nestjs/[^/]+/(dist/)?index\\.(js|d\\.ts)$' },
    },
    {
      name: 'entry-points-are-for-users',
      comment: 'The module and the entry points put parts together; parts do not import them.',
      severity: 'error',
      from: { path: `${src}/[^/]+/`, pathNot: '\\.spec\\.ts$' },
      to: { path: `${src}/(index|larder\\.module|create-cache|event-logger)\\.ts$|/index\\.ts$` },
    },
    {
      name: 'applications-use-the-package',
      comment: 'arena imports nest-larder as its users do.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/larder/src/', pathNot: [`${src}/index\\.ts$`, `${src}/[a-z-]+/index\\.ts$`] },
    },
    {
      name: 'arena-platform-knows-no-feature',
      comment: 'Features import the platform, never the reverse; the files at the top put them together.',
      severity: 'error',
      from: { path: `${arena}/platform/` },
      to: { path: arena, pathNot: `${arena}/platform/` },
    },
    {
      name: 'arena-features-stand-on-the-platform',
      comment: 'A feature imports the platform and other features, not the demo data or the composition.',
      severity: 'error',
      from: { path: `${arena}/features/` },
      to: { path: arena, pathNot: `${arena}/(platform|features)/` },
    },
    {
      name: 'arena-sign-in-knows-no-other-feature',
      severity: 'error',
      from: { path: `${arena}/features/sign-in/` },
      to: { path: `${arena}/features/`, pathNot: `${arena}/features/sign-in/` },
    },
    {
      name: 'tests-stay-out-of-the-product',
      comment: 'What is published or run does not import specs, fakes or development packages.',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src/', pathNot: '\\.spec\\.ts$|/src/testing' },
      to: { path: '\\.spec\\.ts$|/src/testing', dependencyTypesNot: ['npm'] },
    },
    {
      name: 'helpers-of-tests-are-in-support',
      comment:
        'A spec imports helpers from test/support and contracts from test/contracts, not from beside another spec.',
      severity: 'error',
      from: { path: '^test/(?!matrix/)' },
      to: { path: '^test/', pathNot: '^test/(support/|contracts/[^/]+-contract\\.ts$)' },
    },
    {
      name: 'declared-dependencies',
      comment: 'Every package that is imported stands in the package.json beside it.',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    { name: 'nothing-unresolved', severity: 'error', from: { path: '^(libs|apps)/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/(dist|build)/' },
    exclude: { path: '/(dist|build)/|^apps/arena/pages/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'test/tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['larder-source', 'import', 'node', 'default', 'types'],
    },
  },
};

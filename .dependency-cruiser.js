// The arrows of the architecture: who may import whom. `npm run arrows` checks them; docs/architecture.md draws them.
const src = '^libs/larder/src';
const parts = (...names) => `${src}/(${names.join('|')})/`;
const foundations = [`${src}/(clock|errors|identity|units)\\.ts$`];

/** A part of the library may import itself, the foundations and what is listed. */
const only = (name, ...allowed) => ({
  name: `${name}-imports-only`,
  comment: `${name}/ may import ${['clock, errors, identity, units', ...allowed].join(', ')} and nothing else of the library.`,
  severity: 'error',
  from: { path: `${src}/${name}/`, pathNot: '\\.spec\\.ts$' },
  to: {
    path: src,
    pathNot: [...foundations, ...[name, ...allowed].map((part) => `${src}/${part}/`)],
  },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Files that import each other cannot be understood one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    only('keys'),
    only('cache', 'keys'),
    only('codec', 'cache', 'keys'),
    only('tiers', 'cache', 'keys', 'redis'),
    only('invalidation', 'cache', 'keys', 'redis'),
    only('redis'),
    only('flags'),
    only('production', 'flags', 'redis'),
    only('realtime', 'keys', 'redis'),
    only('live', 'cache', 'decorators', 'flags', 'realtime'),
    only('live-client'),
    only('jobs', 'flags', 'redis'),
    only('counters', 'redis'),
    only('deadlines', 'redis'),
    only('batches'),
    {
      name: 'only-redis-knows-the-client',
      comment: 'Another client, or another version of it, must change one folder.',
      severity: 'error',
      from: { path: src, pathNot: `${src}/redis/|\\.spec\\.ts$` },
      to: { path: 'node_modules/(ioredis|cockatiel)/' },
    },
    only('postgres'),
    only('triggers', 'postgres'),
    only('change-feed', 'cache', 'keys', 'postgres', 'triggers'),
    only('command', 'triggers'),
    {
      name: 'only-postgres-knows-the-client',
      comment: 'Who does not use the change feed need not have it installed.',
      severity: 'error',
      from: { path: src, pathNot: `${src}/postgres/|\\.spec\\.ts$` },
      to: { path: 'node_modules/(@types/)?pg/' },
    },
    only('http', 'cache', 'keys'),
    only('decorators', 'cache', 'http', 'keys'),
    {
      name: 'core-is-pure',
      comment: 'The core knows neither Nest nor any client: it runs in a script.',
      severity: 'error',
      from: { path: parts('keys', 'cache', 'tiers', 'invalidation'), pathNot: '\\.spec\\.ts$' },
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
      name: 'nobody-imports-the-module',
      comment: 'The module and the entry points put parts together; parts do not know of it.',
      severity: 'error',
      from: { path: `${src}/[^/]+/`, pathNot: '\\.spec\\.ts$' },
      to: {
        path: `${src}/(index|jobs|testing|change-feed|command|realtime|client|larder\\.module|create-cache|join-fleet|fleet-joiner)\\.ts$`,
      },
    },
    {
      name: 'applications-use-the-package',
      comment: 'arena imports nest-larder as its users do.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/larder/src/', pathNot: `${src}/(index|jobs|testing|realtime|client|change-feed)\\.ts$` },
    },
    {
      name: 'tests-stay-out-of-the-product',
      comment: 'What is published or run does not import specs, fakes or development packages.',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src/', pathNot: '\\.spec\\.ts$|/src/testing' },
      to: { path: '\\.spec\\.ts$|/src/testing', dependencyTypesNot: ['npm'] },
    },
    {
      name: 'declared-dependencies',
      comment: 'Every package that is imported stands in the package.json beside it.',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist/|^apps/arena/pages/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'test/tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['larder-source', 'import', 'node', 'default', 'types'],
    },
  },
};

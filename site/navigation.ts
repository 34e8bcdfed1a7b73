/** One page of the site, without its ending: `caching` is `/caching.html`. */
type Item = readonly [title: string, page: string];

interface Group {
  readonly title: string;
  /** What a reader comes for: the description in `llms.txt`. */
  readonly purpose: string;
  readonly items: readonly Item[];
}

/** What readers look for, in the order in which they need it. Each page stands once. */
export const NAVIGATION: readonly Group[] = [
  {
    title: 'Start',
    purpose: 'first steps, and whether Larder fits',
    items: [
      ['Overview', 'overview'],
      ['Quick start', 'own-application'],
      ['Step by step', 'step-by-step'],
      ['Why is it not cached?', 'not-cached'],
      ['Usual names', 'usual-names'],
      ['Comparison', 'comparison'],
      ['Limits', 'limits'],
      ['Versions', 'versions'],
    ],
  },
  {
    title: 'Guides: caching',
    purpose: 'what methods cache, under which key, and for how long',
    items: [
      ['Caching methods', 'caching'],
      ['Keys, tags and patterns', 'keys'],
      ['Writes', 'write-through'],
      ['Stale values and timeouts', 'freshness'],
      ['Batches', 'batches'],
      ['Prefetch', 'prefetch'],
      ['Warming', 'warming'],
      ['HTTP caching', 'http'],
      ['Scopes', 'isolation'],
      ['Invalidation and consistency', 'consistency'],
    ],
  },
  {
    title: 'Guides: several processes',
    purpose: 'Redis, PostgreSQL, jobs and sockets',
    items: [
      ['Redis', 'redis'],
      ['Change feed', 'change-feed'],
      ['Automatic dependencies', 'automatic-dependencies'],
      ['Jobs', 'jobs'],
      ['Counters', 'counters'],
      ['Deadlines', 'deadlines'],
      ['Sockets', 'realtime'],
      ['Live queries', 'live-queries'],
      ['Feature flags', 'flags'],
    ],
  },
  {
    title: 'Guides: development',
    purpose: 'ORMs, GraphQL, tests and examples',
    items: [
      ['ORMs', 'orms'],
      ['GraphQL', 'graphql'],
      ['Testing', 'testing'],
      ['Lint rules', 'lint-rules'],
      ['ESLint plugin', 'eslint-plugin'],
      ['Sample application', 'sample-application'],
      ['Examples', 'examples'],
    ],
  },
  {
    title: 'Operations',
    purpose: 'production, figures, and what to do when something fails',
    items: [
      ['Production checklist', 'production'],
      ['Security and isolation', 'security'],
      ['Sizing', 'sizing'],
      ['Health checks', 'health'],
      ['Alerts', 'alerts'],
      ['Runbook', 'runbook'],
      ['Dashboard', 'dashboard'],
      ['Statistics of all processes', 'fleet'],
      ['Adviser', 'adviser'],
      ['Predictive warming', 'predictive-warming'],
      ['Doctor', 'doctor'],
      ['Inspecting and clearing', 'steering'],
      ['Audit', 'audit'],
      ['Database connections', 'connections'],
      ['Upgrading', 'upgrading'],
      ['Deployments and formats', 'formats'],
    ],
  },
  {
    title: 'Moving',
    purpose: 'from another cache to Larder',
    items: [
      ['From @nestjs/cache-manager', 'moving'],
      ['From cacheable', 'moving-cacheable'],
      ['From bentocache', 'moving-bentocache'],
      ['From layered-loader', 'moving-layered-loader'],
    ],
  },
  {
    title: 'Reference',
    purpose: 'every option, command, metric and name',
    items: [
      ['Configuration', 'configuration'],
      ['Command line', 'command-line'],
      ['API', 'reference/index'],
      ['Metrics', 'metrics'],
      ['Traces', 'tracing'],
      ['Diagnostics channels', 'observability'],
      ['Benchmarks', 'benchmarks'],
      ['Changelog', 'changelog'],
    ],
  },
  {
    title: 'Decisions',
    purpose: 'how Larder works inside, and why',
    items: [
      ['Architecture', 'architecture'],
      ['Contributing', 'contributing'],
      ['Reporting a vulnerability', 'security-policy'],
      ['1. Stamps', 'decisions/0001-a-stamp-is-a-sequence-number'],
      ['2. The clock', 'decisions/0002-read-the-clock-once-per-event-loop-turn'],
      ['3. Frozen values', 'decisions/0003-values-are-frozen-in-place'],
      ['4. Ports', 'decisions/0004-ports-live-in-the-core'],
      ['5. Failing targets', 'decisions/0005-targets-that-fail-invalidate-everything'],
      ['6. Versions of tools', 'decisions/0006-versions-of-tools'],
      ['7. Serialisation', 'decisions/0007-serialisation-and-compression'],
      ['8. A restored Redis', 'decisions/0008-detect-a-restored-redis'],
      ['9. Due times', 'decisions/0009-one-function-computes-due-times'],
      ['10. Locks of runs', 'decisions/0010-a-run-holds-a-lock'],
      ['11. The change log', 'decisions/0011-a-change-log-read-by-snapshot'],
      ['12. Hits in Redis', 'decisions/0012-what-a-hit-in-redis-costs'],
      ['13. Callers', 'decisions/0013-a-handler-gets-its-caller-as-a-parameter'],
      ['14. Marked writes', 'decisions/0014-a-write-marks-its-change-rows'],
      ['15. The bundle', 'decisions/0015-dist-is-the-bundle'],
      ['16. Misses in Redis', 'decisions/0016-what-a-miss-in-redis-costs'],
      ['17. Slots of observed dependencies', 'decisions/0017-slots-of-observed-dependencies'],
      ['18. Eviction by loss', 'decisions/0018-evict-what-costs-least-to-lose'],
      ['19. Targets in arena', 'decisions/0019-which-reads-of-arena-declare-targets'],
      ['20. Hits and letters', 'decisions/0020-a-hit-looks-at-no-letter-of-its-key'],
    ],
  },
];

/** A row of the table of goals. */
export interface Row {
  readonly what: string;
  /** The path of `one.ts`, and its detail. */
  readonly path: string;
  readonly detail: string;
  /** Whose speed is judged, and relative to whom; to the first subject by default. */
  readonly subject: string;
  readonly to?: string;
  readonly atLeast: number;
  /** Whether each run must reach the goal, not their median. */
  readonly eachRun?: boolean;
  readonly needs?: 'Redis' | 'PostgreSQL';
}

const hit = (keys: number, toMap: number, toLoader: number): Row[] => {
  const what = `memory hit, ${keys.toLocaleString('en')} keys`;
  const row = { path: 'hits', detail: String(keys), subject: 'larder', eachRun: true } as const;
  return [
    { ...row, what: `${what}, to Map`, atLeast: toMap },
    { ...row, what: `${what}, to layered-loader`, to: 'layered-loader', atLeast: toLoader },
  ];
};

const stored = (what: string, path: string, subject: string, goals: Readonly<Record<string, number>>): Row[] =>
  Object.entries(goals).map(([detail, atLeast]) => ({
    what: `${what}, ${detail}`,
    path,
    detail,
    subject,
    atLeast,
    needs: 'Redis',
  }));

export const ROWS: readonly Row[] = [
  ...stored('miss, to GET and SET', 'misses', 'larder getOrLoad', {
    'one caller': 0.9,
    '64 callers': 0.6,
    'batches of 100': 0.75,
  }),
  ...stored('set, to SET', 'stores', 'larder set', { 'one caller': 0.45, '64 callers': 0.5, 'batches of 100': 0.65 }),
  {
    what: 'write-through, to UPDATE and SET',
    path: 'write-through',
    detail: '',
    subject: 'larder writeThrough',
    atLeast: 0.8,
    needs: 'PostgreSQL',
  },
  ...stored('invalidate, to DEL', 'invalidations', 'larder invalidate', { '64 callers': 0.5 }),
  ...hit(100, 0.9, 1.3),
  ...hit(1000, 0.9, 1.3),
  ...hit(10_000, 0.7, 1.3),
  ...hit(100_000, 0.7, 1.3),
  {
    what: 'memory hit with 10,000 unrelated invalidations a second, to without',
    path: 'hits beside invalidations',
    detail: '1000',
    subject: 'invalidations here',
    atLeast: 0.9,
  },
  {
    what: 'memory hit with Redis, to without',
    path: 'hits beside Redis',
    detail: '1000',
    subject: 'larder with Redis',
    atLeast: 0.95,
    needs: 'Redis',
  },
  {
    what: 'decorated method, to getOrLoad',
    path: 'decorated method',
    detail: '1000',
    subject: 'decorated method',
    atLeast: 0.95,
  },
  ...stored('1 KB from Redis, to GET', 'Redis hits', 'larder getOrLoad', { '64 callers': 2.2 }),
];

import { describe, expect, it } from '@jest/globals';
import type { Logged } from './change-log.js';
import { PageParts } from './page-parts.js';

const traceOf = (number: number, flags = '01') => `00-${String(number).padStart(32, '0')}-00000000000000aa-${flags}`;

/** The parts of rows with these marks and traces. */
function partsOf(rows: readonly Pick<Logged, 'mark' | 'trace'>[], isTraced = true) {
  const parts = new PageParts(isTraced);
  for (const row of rows) parts.of(row as Logged);
  return [...parts.all()].map(({ mark, parent, links, rows: count }) => ({ mark, parent, links: [...links], count }));
}

const UNMARKED = { mark: undefined, parent: undefined, links: [] };

describe('the rows of a page', () => {
  it('are one part for each mark', () => {
    const rows = [null, 'm', null, 'm'].map((mark) => ({ mark, trace: null }));
    expect(partsOf(rows)).toEqual([
      { ...UNMARKED, count: 2 },
      { ...UNMARKED, mark: 'm', count: 2 },
    ]);
  });

  it('are one part for each recorded trace, if there is a tracer', () => {
    const rows = [traceOf(1), traceOf(2), traceOf(1), null].map((trace) => ({ mark: null, trace }));
    expect(partsOf(rows)).toEqual([
      { ...UNMARKED, parent: traceOf(1), count: 2 },
      { ...UNMARKED, parent: traceOf(2), count: 1 },
      { ...UNMARKED, count: 1 },
    ]);
    expect(partsOf(rows, false)).toEqual([{ ...UNMARKED, count: 4 }]);
  });

  it.each([
    ['that is not recorded', traceOf(1, '00')],
    ['of zeros', traceOf(0)],
    ['that is no traceparent', 'trace 1'],
  ])('ignore a trace %s', (_, trace) => {
    expect(partsOf([{ mark: null, trace }])).toEqual([{ ...UNMARKED, count: 1 }]);
  });

  it('of more than twenty traces share a part that links to them', () => {
    const rows = Array.from({ length: 45 }, (_, index) => ({ mark: null, trace: traceOf(index + 1) }));
    const parts = partsOf(rows);
    expect(parts.filter(({ parent }) => parent !== undefined)).toHaveLength(20);
    const shared = parts.find(({ parent }) => parent === undefined);
    expect(shared).toMatchObject({ count: 25 });
    expect(shared?.links).toEqual(Array.from({ length: 20 }, (_, index) => traceOf(index + 21)));
  });
});

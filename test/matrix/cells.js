// The cells cover every pair of these values, except the impossible pairs.
const axes = ['node', 'nest', 'format', 'platform', 'runner', 'manager', 'typescript'];

const rows = [
  ['20', '11', 'cjs', 'express', 'ts-jest', 'npm', '5.7'],
  ['20', '12', 'esm', 'fastify', 'swc', 'pnpm', '6'],
  ['20', '12', 'cjs', 'express', 'vitest', 'pnpm', '7'],
  ['22', '12', 'esm', 'fastify', 'ts-jest', 'npm', '6'],
  ['22', '11', 'cjs', 'fastify', 'swc', 'npm', '5.7'],
  ['22', '11', 'esm', 'express', 'vitest', 'pnpm', '7'],
  ['24', '11', 'esm', 'fastify', 'ts-jest', 'pnpm', '5.7'],
  ['24', '12', 'esm', 'express', 'swc', 'npm', '5.7'],
  ['24', '12', 'cjs', 'fastify', 'vitest', 'npm', '7'],
  ['26', '12', 'esm', 'express', 'ts-jest', 'npm', '6'],
  ['26', '11', 'cjs', 'express', 'swc', 'pnpm', '7'],
  ['26', '11', 'esm', 'fastify', 'vitest', 'npm', '5.7'],
  ['24', '11', 'cjs', 'express', 'vitest', 'npm', '6'],
];

export const cells = rows.map((row, index) => ({
  number: index + 1,
  ...Object.fromEntries(axes.map((axis, column) => [axis, row[column]])),
}));

/** Impossible pairs, with the reason. */
export const IMPOSSIBLE = [
  [
    { nest: '12', format: 'cjs', runner: 'ts-jest' },
    'Nest 12 is ESM only, and Jest does not load ESM by `require`: use Jest in ESM, or Vitest',
  ],
  [{ nest: '12', format: 'cjs', runner: 'swc' }, 'the same, whatever compiles the tests'],
  [
    { nest: '12', format: 'cjs', typescript: '5.7' },
    'TypeScript 5.7 rejects ESM types in a CommonJS file (TS1479); 5.8 and later accept them',
  ],
  [
    { runner: 'ts-jest', typescript: '7' },
    'ts-jest calls the compiler in JavaScript, which TypeScript 7 does not have',
  ],
];

const fits = (cell, part) => Object.entries(part).every(([axis, value]) => cell[axis] === value);

/** Pairs of values that no cell covers. */
export function missingPairs() {
  const values = (axis) => [...new Set(cells.map((cell) => cell[axis]))];
  return axes.flatMap((one, index) =>
    axes.slice(index + 1).flatMap((other) =>
      values(one).flatMap((value) =>
        values(other)
          .map((otherValue) => ({ [one]: value, [other]: otherValue }))
          .filter((pair) => !cells.some((cell) => fits(cell, pair))),
      ),
    ),
  );
}

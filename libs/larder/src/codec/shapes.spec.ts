import { expect, it, jest } from '@jest/globals';
import { KnownShapes } from './shapes.js';
import { ValueCodec } from './value-codec.js';

it('recognises a shape, and not another one whose joined names are equal', () => {
  const shapes = new KnownShapes(Object.prototype);
  const shape = shapes.find('idname', [2, 4], 0);
  expect(shapes.find('idname', [2, 4], 0)).toBe(shape);
  expect(shapes.find('idname', [3, 3], 0).names).toEqual(['idn', 'ame']);
  expect(shapes.find('idname', [2, 4], 0).names).toEqual(['id', 'name']);
});

it('guesses the shape at the same place in the previous value', () => {
  const shapes = new KnownShapes(Object.prototype);
  const [first, second] = [shapes.find('id', [2], 0), shapes.find('name', [4], 1)];
  expect([shapes.guess(0), shapes.guess(1)]).toEqual([undefined, undefined]);
  shapes.find('id', [2], 0);
  shapes.find('name', [4], 1);
  expect(shapes.guess(0)).toBe(first);
  expect(shapes.guess(1)).toBe(second);
  shapes.find('name', [4], 0);
  expect(shapes.guess(0)).toBe(second);
});

/** Names with a special meaning in code, or in an object. */
const IN_CODE = [
  '"',
  "'",
  '`',
  '\\',
  '\n',
  '\u2028',
  '1',
  '0',
  'a b',
  '',
  'x"] = (globalThis.ranCode = true); this["y',
];
const TO_AN_OBJECT = ['constructor', '__proto__', 'toString'];
it('reads frequent values like rare ones', () => {
  const codec = new ValueCodec();
  const value = {
    list: [
      { a: 'x', b: [1, { c: null }] },
      { a: 'y', b: 2 },
    ],
    code: IN_CODE.map((name) => ({ [name]: name, b: 2 })),
    object: {},
  };
  for (const name of TO_AN_OBJECT) Object.defineProperty(value.object, name, { value: name, enumerable: true });
  const bytes = codec.encode(value);
  const first = codec.decode(bytes).value;
  for (let n = 0; n < 50; n++) {
    const decoded = codec.decode(bytes).value as typeof value;
    expect(decoded).toStrictEqual(value);
    expect(JSON.stringify(decoded)).toBe(JSON.stringify(first));
    expect(Object.isFrozen(decoded.list[0])).toBe(true);
    expect(Object.getPrototypeOf(decoded.code[0])).toBe(Object.prototype);
  }
  expect(globalThis).not.toHaveProperty('ranCode');
});

it('distinguishes frequent values that differ in one name, or in where names end', () => {
  const codec = new ValueCodec();
  const alike = [{ ab: 1, c: 2 }, { ab: 1, d: 2 }, { a: 1, bc: 2 }, { ab: 1 }, { ab: 1, c: 2, d: 3 }];
  for (const other of alike) {
    for (let n = 0; n < 30; n++) codec.decode(codec.encode(alike[0]));
    expect(codec.decode(codec.encode(other)).value).toStrictEqual(other);
  }
});

it('reads values in a Node that compiles no strings', () => {
  // As in `node --disallow-code-generation-from-strings`.
  const refuse = jest.spyOn(globalThis, 'Function').mockImplementation(() => {
    throw new EvalError('Code generation from strings disallowed for this context');
  });
  try {
    const codec = new ValueCodec();
    const bytes = codec.encode({ a: 1, b: 'x' });
    for (let n = 0; n < 50; n++) expect(codec.decode(bytes).value).toStrictEqual({ a: 1, b: 'x' });
    expect(refuse).toHaveBeenCalledTimes(1);
  } finally {
    refuse.mockRestore();
  }
});

it('distinguishes shapes across values', () => {
  const codec = new ValueCodec();
  const values = [{ ab: 1, c: 2 }, { a: 1, bc: 2 }, Object.assign(Object.create(null), { ab: 1, c: 2 }), { abc: 3 }];
  for (const value of [...values, ...values]) {
    const { value: decoded } = codec.decode(codec.encode(value));
    expect(decoded).toStrictEqual(value);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.getPrototypeOf(value));
  }
});

it('drops shapes before there are too many, and keeps none with very long names', () => {
  const shapes = new KnownShapes(Object.prototype);
  const first = shapes.find('first', [5], 0);
  for (let n = 0; n < 999; n++) shapes.find(`n${n}`, [`n${n}`.length], 0);
  expect(shapes.find('first', [5], 0)).toBe(first);
  for (let n = 999; n < 1002; n++) shapes.find(`n${n}`, [`n${n}`.length], 0);
  expect(shapes.find('first', [5], 0)).not.toBe(first);
  const long = 'x'.repeat(1001);
  expect(shapes.find(long, [1001], 0)).not.toBe(shapes.find(long, [1001], 0));
});

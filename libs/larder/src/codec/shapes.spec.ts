import { expect, it } from '@jest/globals';
import { KnownShapes } from './shapes.js';
import { ValueCodec } from './value-codec.js';

it('knows a shape again, and no other for it whose names are the same letters', () => {
  const shapes = new KnownShapes(Object.prototype);
  const shape = shapes.find('idname', [2, 4]);
  expect(shapes.find('idname', [2, 4])).toBe(shape);
  expect(shapes.find('idname', [3, 3]).names).toEqual(['idn', 'ame']);
  expect(shapes.find('idname', [2, 4]).names).toEqual(['id', 'name']);
});

it('keeps shapes apart across values', () => {
  const codec = new ValueCodec();
  const values = [{ ab: 1, c: 2 }, { a: 1, bc: 2 }, Object.assign(Object.create(null), { ab: 1, c: 2 }), { abc: 3 }];
  for (const value of [...values, ...values]) {
    const { value: decoded } = codec.decode(codec.encode(value));
    expect(decoded).toStrictEqual(value);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.getPrototypeOf(value));
  }
});

it('forgets shapes before there are too many, and keeps none with very long names', () => {
  const shapes = new KnownShapes(Object.prototype);
  const first = shapes.find('first', [5]);
  for (let n = 0; n < 999; n++) shapes.find(`n${n}`, [`n${n}`.length]);
  expect(shapes.find('first', [5])).toBe(first);
  for (let n = 999; n < 1002; n++) shapes.find(`n${n}`, [`n${n}`.length]);
  expect(shapes.find('first', [5])).not.toBe(first);
  const long = 'x'.repeat(1001);
  expect(shapes.find(long, [1001])).not.toBe(shapes.find(long, [1001]));
});

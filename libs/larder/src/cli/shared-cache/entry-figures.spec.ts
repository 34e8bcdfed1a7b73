import { expect, it } from '@jest/globals';
import { encodeEntry } from '../../cache/shared-tier/entry-format.js';
import { FIGURES_BYTES, figuresIn } from './entry-figures.js';

const HEADER = {
  tableSize: 65_536,
  heapBytes: 300,
  loadedAt: 1_000,
  expiresAt: 61_000,
  rootVersion: 5,
  loadCost: 12.5,
  slots: [7],
  versions: [9],
  tags: ['venue:1'],
  dependencies: [],
};

it('reads the figures in the first bytes of an entry', () => {
  const bytes = encodeEntry('venues:1', HEADER, { method: 0, bytes: Buffer.from('value') }) as Buffer;
  const figures = { loadedAt: 1_000, expiresAt: 61_000, loadCost: 12.5 };
  expect(figuresIn(bytes.subarray(0, FIGURES_BYTES))).toEqual(figures);
});

it.each([
  ['cut off', Buffer.from('L\u0002\u0000')],
  ['of another program', Buffer.concat([Buffer.from([0x7b, 2]), Buffer.alloc(62)])],
  ['of a later format', Buffer.concat([Buffer.from([0x4c, 3]), Buffer.alloc(62)])],
])('finds none in bytes that are %s', (_name, bytes) => {
  expect(figuresIn(bytes)).toBeUndefined();
});

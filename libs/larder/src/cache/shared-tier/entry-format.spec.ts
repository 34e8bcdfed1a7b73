import { expect, it } from '@jest/globals';
import { ValueCodec } from '../../codec/value-codec.js';
import { CompressionMethod } from './compression.js';
import { encodeEntry, type Header, parseEntry } from './entry-format.js';

const ID = 'shop:items:7';
const SIZE = 2 ** 16;
const codec = new ValueCodec();
const VALUE = { name: 'Zürich Open', entries: 31, at: new Date(0), tags: ['9-ball', 'open'], open: true };
const HEADER: Header = {
  tableSize: SIZE,
  heapBytes: 1234,
  loadedAt: 1_700_000_000_000,
  expiresAt: 1_700_000_060_000,
  rootVersion: 1_690_000_000_000_000,
  loadCost: 37.5,
  slots: [10_000, 8, 9],
  versions: [1_690_000_000_000_001, 0, 5],
  tags: ['größe:9'],
  dependencies: [],
};

function written(id = ID, header: Partial<Header> = {}): Buffer {
  return encodeEntry(
    id,
    { ...HEADER, ...header },
    { method: CompressionMethod.none, bytes: codec.encode(VALUE) },
  ) as Buffer;
}

const decoded = (id: string, bytes: Uint8Array) => {
  const encoded = parseEntry(id, bytes);
  return encoded && { header: encoded.header, value: codec.decode(encoded.bytes, encoded.start).value };
};

it.each([
  ['without dependencies', {}],
  [
    'with dependencies',
    { slots: [10_000, 8, 9, 77], versions: [1, 2, 3, 4], dependencies: [{ slot: 77, text: 'größe' }] },
  ],
])('reads what it wrote, %s', (_, header) => {
  expect(decoded(ID, written(ID, header))).toEqual({ header: { ...HEADER, ...header }, value: VALUE });
  const copy = new Uint8Array(written(ID, header));
  expect(decoded(ID, copy)?.value).toEqual(VALUE);
});

it('rejects an entry with any one bit flipped', () => {
  const whole = written(ID, { slots: [1, 2, 3], dependencies: [{ slot: 3, text: 'a' }] });
  const answers = Array.from({ length: whole.length * 8 }, (_, bit) => {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    return parseEntry(ID, bytes);
  });
  expect(answers.filter((answer) => answer !== undefined)).toEqual([]);
});

it('rejects an entry that was written for another id', () => {
  expect(parseEntry('shop:items:8', written())).toBeUndefined();
});

it.each([
  ['cut off', (whole: Buffer) => whole.subarray(0, -1)],
  ['with something after its end', (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(1)])],
  ['of a later format', (whole: Buffer) => Buffer.concat([whole.subarray(0, 1), Buffer.from([3]), whole.subarray(2)])],
  [
    'with an unknown flag',
    (whole: Buffer) => Buffer.concat([whole.subarray(0, 2), Buffer.from([1]), whole.subarray(3)]),
  ],
])('rejects an entry %s', (_, change) => {
  expect(parseEntry(ID, change(written()))).toBeUndefined();
});

// As 0.1 wrote it: `Header` above, without cost and dependencies.
const OF_RELEASE_BEFORE =
  'TAEDAAEAAAAAAAEARwAAAAAAAAAASJNAAACAVv68eEIAACZl/rx4QgCAriYvBBhDECcAAASAriYvBBhDCAAAAAAAAAAAAAAACQAAAAAAAAAAABRACQBncsO2w59lOjkBACoAAABuYW1lZW50cmllc2F0dGFnc29wZW5a/HJpY2ggT3BlbjktYmFsbG9wZW4IBQQHAgQEi18LAAAAAAAAAAAHAoaEAg==';

it('reads what the previous release wrote', () => {
  const { header, value } = decoded(ID, Buffer.from(OF_RELEASE_BEFORE, 'base64')) ?? {};
  expect(header).toEqual({ ...HEADER, loadCost: 0 });
  expect(value).toEqual(VALUE);
});

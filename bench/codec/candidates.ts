import { deserialize, serialize } from 'node:v8';
import { Packr } from 'msgpackr';
import type { Candidate } from '../measure/rounds.js';
import { ValueCodec } from './larder-codec.js';
import { parse, stringify } from './revived-json.js';

/** Encodes and decodes values. */
export interface Way {
  readonly name: string;
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (bytes: Buffer) => unknown;
}

/** Only Larder's codec freezes the values that it decodes. */
export function ways(): readonly Way[] {
  const codec = new ValueCodec();
  const packr = new Packr({ useRecords: true, moreTypes: true });
  return [
    {
      name: 'JSON',
      encode: (value) => Buffer.from(JSON.stringify(value)),
      decode: (bytes) => JSON.parse(String(bytes)),
    },
    {
      name: 'JSON, revived',
      encode: (value) => Buffer.from(stringify(value)),
      decode: (bytes) => parse(String(bytes)),
    },
    { name: 'v8', encode: serialize, decode: deserialize },
    { name: 'msgpackr', encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) },
    { name: 'larder', encode: (value) => codec.encode(value), decode: (bytes) => codec.decode(bytes).value },
  ];
}

export function encodings(value: unknown): Candidate<unknown>[] {
  return ways().map(({ name, encode }) => ({
    name,
    run: (steps) => {
      for (const _step of steps) encode(value);
    },
  }));
}

export function decodings(value: unknown): Candidate<unknown>[] {
  return ways().map(({ name, encode, decode }) => {
    const bytes = Buffer.from(encode(value));
    return {
      name,
      run: (steps) => {
        for (const _step of steps) decode(bytes);
      },
    };
  });
}

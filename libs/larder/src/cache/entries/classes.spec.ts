import { inspect, isDeepStrictEqual, types } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { LarderValueError } from '../../base/errors.js';
import { ValueCodec } from '../../codec/value-codec.js';
import { KnownClasses } from './classes.js';
import { copyOf, keptCopyOf } from './copy.js';
import { makeStorable } from './storable.js';

class Venue {
  city: string;
  tables: number[] = [1, 2];
  constructor(readonly name: string) {
    this.city = 'Ghent';
  }
  get label() {
    return `${this.name}, ${this.city}`;
  }
  set renamed(_name: string) {
    throw new Error('A setter ran.');
  }
}

class Money {
  #cents: number;
  constructor(cents: number) {
    if (!Number.isInteger(cents)) throw new RangeError('not a whole number of cents');
    this.#cents = cents;
  }
  add(cents: number) {
    this.#cents += cents;
  }
  get cents() {
    return this.#cents;
  }
}

class Refusal extends Error {
  constructor(readonly reason: string) {
    super(`refused: ${reason}`);
  }
}

class Bag extends Map<string, Venue> {}

class Late extends Date {}

class Keeps {
  constructor(readonly made: () => unknown) {}
}

const RULE = { class: Keeps, store: ({ made }: Keeps) => made(), restore: (stored: unknown) => fail(String(stored)) };

function keeps(made: () => unknown): Keeps {
  return new Keeps(made);
}

function fail(message: string): never {
  throw new Error(message);
}

const classes = new KnownClasses({
  venue: Venue,
  refusal: Refusal,
  money: { class: Money, store: ({ cents }: Money) => cents, restore: (cents: number) => new Money(cents) },
  bag: { class: Bag, store: (bag: Bag) => [...bag], restore: (pairs: [string, Venue][]) => new Bag(pairs) },
});
const codec = new ValueCodec(classes);

/** The value as a caller gets it from memory, and from Redis. */
function served<T>(value: T): readonly T[] {
  const { unfreezable } = makeStorable(value, classes);
  const kept = unfreezable ? keptCopyOf(value, classes) : value;
  const decoded = codec.decode(Uint8Array.from(codec.encode(kept)));
  expect(decoded.unfreezable).toBe(unfreezable);
  const memory = unfreezable ? copyOf(kept) : kept;
  return [memory as T, (unfreezable ? copyOf(decoded.value) : decoded.value) as T];
}

describe('instances of classes', () => {
  it('keep their class, frozen', () => {
    for (const value of served({ list: [new Venue('Chalk'), new Venue('Cue')], plain: { name: 'x', city: 'y' } })) {
      expect(value).toStrictEqual({
        list: [new Venue('Chalk'), new Venue('Cue')],
        plain: { name: 'x', city: 'y' },
      });
      const [first] = value.list as [Venue];
      expect(first).toBeInstanceOf(Venue);
      expect(first.label).toBe('Chalk, Ghent');
      expect(() => {
        first.city = 'Bruges';
      }).toThrow(TypeError);
      expect(() => first.tables.push(3)).toThrow(TypeError);
    }
  });

  it('with a rule are copied for each caller', () => {
    const original = { price: new Money(500), venues: new Bag([['a', new Venue('A')]]) };
    const kept = keptCopyOf(original, classes);
    const [one, other] = [copyOf(kept), copyOf(kept)] as [typeof original, typeof original];
    one.price.add(1);
    original.price.add(2);
    expect(other.price.cents).toBe(500);
    for (const { price, venues } of served(original)) {
      expect(price.cents).toBe(502);
      expect(venues).toBeInstanceOf(Bag);
      expect(venues.get('a')).toStrictEqual(new Venue('A'));
    }
  });

  it('stay unfrozen where a rule stores the original object', () => {
    const parts = { list: [1] };
    class Holder {
      readonly inner = parts;
    }
    const holder = { class: Holder, store: ({ inner }: Holder) => inner, restore: () => new Holder() };
    makeStorable([new Holder()], new KnownClasses({ holder }));
    expect(parts.list.push(2)).toBe(2);
  });

  it('of an error class keep message and members', () => {
    for (const error of served(new Refusal('full'))) {
      expect(error).toBeInstanceOf(Refusal);
      expect(types.isNativeError(error)).toBe(true);
      expect(error).toMatchObject({ message: 'refused: full', reason: 'full' });
      expect(inspect(error)).toContain('refused: full');
      expect(Object.keys(error)).toEqual(['reason']);
    }
  });

  it('keep a member named like a setter, and the setter does not run', () => {
    const venue = new Venue('A');
    Object.defineProperty(venue, 'renamed', { value: 'B', enumerable: true, configurable: true, writable: true });
    for (const { renamed } of served(venue)) expect(renamed).toBe('B');
    const withBinary = { venue, file: Buffer.from('x') };
    for (const copy of served(withBinary)) expect(isDeepStrictEqual(copy, withBinary)).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['a class that is not listed', new (class Other {})(), 'value is an instance of Other'],
    ['a subclass of a listed class', { v: new (class Club extends Venue {})('x') }, 'value.v is an instance of Club'],
    ['a function inside an instance', Object.assign(new Venue('x'), { city: () => '' }), 'value.city is a function'],
    ['a symbol that a rule stores', [keeps(() => Symbol('s'))], 'value[0] is a symbol'],
    ['a rule whose store throws', [keeps(() => fail('no'))], 'value[0] cannot be stored by its class (Error: no)'],
    ['a rule whose restore throws', [keeps(() => 'gone')], 'value[0] cannot be restored by its class (Error: gone)'],
    ['a subclass of a built-in without a rule', new Late(), 'value extends a built-in class'],
  ])('are rejected at once, with their path: %s', (_, value, message) => {
    const known = new KnownClasses({ venue: Venue, late: Late, keeps: RULE });
    expect(() => makeStorable(value, known)).toThrow(LarderValueError);
    expect(() => makeStorable(value, known)).toThrow(message);
  });

  it('are a miss where the class is unknown or its rule throws', () => {
    const bytes = codec.encode([new Venue('A'), new Money(5)]);
    expect(() => new ValueCodec().decode(bytes)).toThrow('unknown class');
    const strict = new KnownClasses({
      venue: Venue,
      money: { class: Money, store: Number, restore: () => fail('another release') },
    });
    expect(() => new ValueCodec(strict).decode(bytes)).toThrow('another release');
  });
});

/** The most values in a copied list, and the most characters of its texts. */
const MAX_VALUES = 50;
const MAX_CHARACTERS = 1000;

/**
 * A copy of small and plain data: primitives, dates, arrays and plain objects. `undefined` for anything else, such as a
 * request or an entity, which must not be retained and cannot be copied.
 */
export function plainCopy<Item>(list: readonly Item[]): readonly Item[] | undefined {
  const budget = { values: MAX_VALUES, characters: MAX_CHARACTERS };
  try {
    return copy(list, budget) as readonly Item[];
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

const NOT_PLAIN = Symbol('not plain');

function copy(value: unknown, budget: { values: number; characters: number }): unknown {
  if (typeof value === 'string') budget.characters -= value.length;
  if (--budget.values < 0 || budget.characters < 0) throw NOT_PLAIN;
  if (typeof value === 'function' || typeof value === 'symbol') throw NOT_PLAIN;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copy(item, budget));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Date.prototype) return new Date(value as Date);
  if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
  const copied: Record<string, unknown> = Object.create(prototype as object | null);
  for (const [name, member] of Object.entries(value)) copied[name] = copy(member, budget);
  return copied;
}

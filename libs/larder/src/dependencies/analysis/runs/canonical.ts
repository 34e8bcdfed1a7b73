import type { ValueClass } from '../../catalog/value-class.js';

const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * Rule 10: the text that PostgreSQL writes for a value of a class, in every session.
 *
 * @param value as the application gave it to `pg`, or as `pg` read it
 * @returns undefined if the value is not written plainly, as `'0x1'` for an integer, or `'today'` for a date
 */
export function canonicalText(value: unknown, valueClass: ValueClass): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (valueClass === 'integer') return INTEGER.test(text) ? text : undefined;
  if (valueClass === 'uuid') return UUID.test(text) ? text : undefined;
  if (valueClass === 'date') return DATE.test(text) ? text : undefined;
  if (valueClass === 'boolean') return text === 'true' || text === 'false' ? text : undefined;
  // `pg` sends a lone surrogate as U+FFFD.
  return text.toWellFormed();
}

/** The text that `pg` sends for a plain value. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

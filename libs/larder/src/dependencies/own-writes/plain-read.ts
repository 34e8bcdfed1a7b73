import { knownFunction } from '../analysis/sql/functions.js';

/** Longer texts are not searched. */
const MAX_LENGTH = 16_384;
/** What may stand before the first word: spaces and comments. */
const BEGINS = /^(?:\s|\/\*[^*]*\*\/|--[^\n]*\n|\()*(?:select|with|values|table)\b/i;
const WRITES = /\b(?:insert|update|delete|merge|into|call|do|execute)\b/i;
/** A comment between the name of a function and its parenthesis. */
const HIDES_CALL = /(?:\*\/|--[^\n]*\n)\s*\(/;
/** What stands before each parenthesis, if it may be a name. After the first group it is the name of a table with its columns. */
const CALL = /(\b(?:as|with|recursive)\s+)?([\w$."\u0080-\uffff]+)\s*\(/gi;
/** Words that may stand before a parenthesis and are no functions. */
const WORDS = new Set(
  `all and any array as between by case cast coalesce conflict cross cube distinct else end except exists extract filter first from full
  group grouping having ilike in inner intersect is isnull join last lateral left like limit natural not notnull null nullif offset on
  only or order ordinality outer over overlay partition position recursive right rollup row rows select sets similar some substring
  symmetric table then trim union using values when where window with within materialized greatest least
  decimal numeric varchar char character varying timestamp timestamptz time timetz interval bit float`.split(/\s+/),
);

/**
 * Whether a text is certainly a read: it has no word that writes, and calls no function but those that are known. Others count as
 * writes. Views, operators and casts whose functions write are not seen.
 */
export function isPlainRead(text: string): boolean {
  if (text.length > MAX_LENGTH || !BEGINS.test(text) || WRITES.test(text) || HIDES_CALL.test(text)) return false;
  for (const [, naming, name] of text.matchAll(CALL))
    if (naming === undefined && !isHarmless(name as string)) return false;
  return true;
}

function isHarmless(name: string): boolean {
  const word = name.toLowerCase().replace(/^pg_catalog\./, '');
  // A parameter or a number is no name.
  return WORDS.has(word) || knownFunction(word) !== undefined || /^[$\d]/.test(word);
}

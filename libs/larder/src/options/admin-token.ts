import type { Schema } from './option.js';
import { secret } from './values.js';

/** Fits into a header, and is long enough not to be guessed. */
const FIT = /^[!-~]{16,1024}$/;
const MIN_DISTINCT = 8;
/** Words that placeholders are made of, and separators. */
const WORDS =
  /change|me|my|your|the|very|super|long|pass|word|secret|admin|token|test|example|sample|larder|arena|redis|default|local|dev|key|[^a-z]/gi;
/** Letters or digits in the order of the alphabet, of numbers or of a keyboard. */
const ORDERED = ['abcdefghijklmnopqrstuvwxyz', '01234567890123456789', 'qwertyuiopasdfghjklzxcvbnm'];

/** A token that opens admin routes. */
export const adminToken: Schema<string> = secret(
  {
    takes: '16 to 1024 visible ASCII characters that cannot be guessed',
    read: (given) => (typeof given === 'string' && problemOfAdminToken(given) === undefined ? given : undefined),
  },
  (given) => problemOfAdminToken(String(given)) as string,
);

/** The problem of an admin token, as a clause that does not repeat the token; `undefined` if it is valid. */
function problemOfAdminToken(token: string): string | undefined {
  if (!FIT.test(token)) {
    return 'expected 16 to 1024 visible ASCII characters without spaces';
  }
  if (!isGuessable(token)) return undefined;
  return 'got one that can be guessed, expected a random one, such as `openssl rand -hex 32` prints';
}

function isGuessable(token: string): boolean {
  if (new Set(token.toLowerCase()).size < MIN_DISTINCT) return true;
  const lettersLeft = token.replace(WORDS, '');
  const isOfWords = lettersLeft === '' && /[a-z]/i.test(token) && !/[0-9a-f]{16}/i.test(token);
  return isOfWords || isOrdered(token);
}

function isOrdered(token: string): boolean {
  const text = token.toLowerCase().replace(/[^a-z0-9]/g, '');
  return text.length >= MIN_DISTINCT && ORDERED.some((order) => (order + order).includes(text));
}

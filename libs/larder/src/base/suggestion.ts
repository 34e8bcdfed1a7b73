import { closest, distance } from 'fastest-levenshtein';
import { LarderOptionsError } from './errors.js';

/** The known name that was probably meant, if one is near enough. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const nearest = closest(name, known);
  return distance(name, nearest) <= name.length / 3 ? nearest : undefined;
}

/** What was probably meant by a name that is not known, as the end of a sentence; else all there are. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  return nearest === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${nearest}?`;
}

/** The options of a bag that are none: each as a sentence without an end. */
export function unknownOptions(options: object, known: readonly string[], subject: string): string[] {
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => `${name} is no option of ${subject}${suggestion(name, known)}`);
}

/** @throws LarderOptionsError if what was given as `subject` is no object, which TypeScript would refuse */
export function demandOptions(options: unknown, subject: string): void {
  if (typeof options !== 'object' || options === null) throw wrongly(subject, options, 'an object of options');
}

/** @throws LarderOptionsError if what was given as `subject` is no function */
export function demandFunction(work: unknown, subject: string): void {
  if (typeof work !== 'function') throw wrongly(subject, work, 'a function');
}

/** @throws LarderOptionsError if what was given as `subject` is no list */
export function demandList(list: unknown, subject: string, items: string): void {
  if (!Array.isArray(list)) throw wrongly(subject, list, `a list of ${items}`);
}

function wrongly(subject: string, given: unknown, takes: string): LarderOptionsError {
  const shown = typeof given === 'object' && given !== null ? 'an object' : String(given);
  return new LarderOptionsError([`${subject} is ${shown}; it takes ${takes}`]);
}
